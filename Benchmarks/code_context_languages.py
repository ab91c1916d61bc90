"""How each language of code_context_set.py writes modules, and how its runtime writes a trace of them.

A statement is a tuple: ("let", name, expression), ("log", words, name), ("if_none", name, default),
("if_empty", name, default), ("count", name), ("return", expression). An expression is a name, a literal,
("call", receiver, method, arguments), ("own", function, arguments) or ("times", left, right).
"""


def camel(name):
    head, *rest = name.split("_")
    return head + "".join(part.capitalize() for part in rest)


def pascal(name):
    return "".join(part.capitalize() for part in name.split("_"))


class Language:
    indent = "    "
    comment = "//"
    case = staticmethod(camel)
    end = ";"

    def __init__(self):
        self.formatted = set()

    # Names and places

    def function_name(self, name):
        return self.case(name)

    def method(self, name):
        return self.case(name)

    def variable(self, name):
        return name if name.isupper() or not name.isidentifier() else self.case(name)

    def test_path(self, module):
        return "tests/" + self.path(module)

    def project(self):
        return {"README.md": f"# {self.name}\n", "LICENSE": "MIT\n"}

    # Expressions and statements

    def expression(self, value):
        if isinstance(value, tuple):
            if value[0] == "call":
                return self.call(self.expression(value[1]), value[2], [self.expression(a) for a in value[3]])
            if value[0] == "own":
                return self.own(value[1], [self.expression(a) for a in value[2]])
            return f"{self.expression(value[1])} * {self.expression(value[2])}"
        return self.variable(value)

    def call(self, receiver, method, arguments):
        return f"{receiver}.{self.method(method)}({', '.join(arguments)})"

    def own(self, function, arguments):
        return f"{self.function_name(function)}({', '.join(arguments)})"

    def statement(self, statement):
        kind = statement[0]
        if kind == "let":
            return [self.let(self.variable(statement[1]), self.expression(statement[2]))]
        if kind == "log":
            return [self.log(statement[1], self.expression(statement[2]))]
        if kind == "if_none":
            return self.guard(self.is_none(self.expression(statement[1])), statement[2])
        if kind == "if_empty":
            return self.guard(self.is_empty(self.expression(statement[1])), statement[2])
        if kind == "comment":
            return [f"{self.comment} {statement[1]}"]
        if kind == "count":
            return [self.call("metrics", "count", [f'"{statement[1]}"']) + self.end]
        return ["return " + self.expression(statement[1]) + self.end]

    def let(self, name, value):
        return f"var {name} = {value}{self.end}"

    def log(self, words, name):
        return self.call("logger", "debug", [f'"{words}"', name]) + self.end

    def guard(self, condition, default):
        return [f"if ({condition}) {{", self.indent + f"return {default}{self.end}", "}"]

    def is_none(self, name):
        return f"{name} == null"

    def is_empty(self, name):
        return f"{name}.isEmpty()"

    # Modules

    def pieces(self, module):
        """Text and what it is: (line, function, statement) for each line of the file."""
        shown = [(line, None, None) for line in self.head(module)]
        inside = self.inside(module)
        for index, function in enumerate(module.functions):
            if index:
                shown.append(("", None, None))
            pad = self.indent * inside
            for line in self.open(function):
                shown.append((pad + line, function.name, None))
            for statement in function.statements:
                for line in self.statement(statement):
                    shown.append((pad + self.indent + line, function.name, statement))
            for line in self.close():
                shown.append((pad + line, function.name, None))
        return shown + [(line, None, None) for line in self.tail(module)]

    def inside(self, module):
        return 1

    def render(self, module):
        lines = [line for line, _, _ in self.layout(module)]
        return "\n".join(lines) + "\n"

    def layout(self, module):
        pieces = self.pieces(module)
        if self.path(module) not in self.formatted:
            return pieces
        return [piece for line, function, statement in pieces
                for piece in ((part, function, statement) for part in self.reformat(line))]

    def reformat(self, line):
        """What a formatter makes of a line: quotes, and one argument a line where there is a call."""
        words = line.replace('"', "'") if self.two_quotes else line
        indent = words[:len(words) - len(words.lstrip())]
        if ".find(" in words or ".current(" in words:
            head, rest = words.split("(", 1)
            inner, tail = rest.rsplit(")", 1)
            deeper = indent + indent[:2]
            return [deeper + head.strip() + "(", deeper + self.indent + inner, deeper + ")" + tail]
        return [indent + indent[:2] + words.strip() if indent else words]

    two_quotes = False

    def line(self, module, text, function, failing):
        """Number and text of the line of a statement of a function."""
        found = [i for i, (_, name, statement) in enumerate(self.layout(module))
                 if name == function.name and statement and statement[:len(failing)] == failing]
        return found[0] + 1, text.split("\n")[found[0]].strip()


class Python(Language):
    name, comment, end = "python", "#", ""
    case = staticmethod(lambda name: name)
    two_quotes = True

    def path(self, module):
        return f"src/shop/{module.group}/{module.name}.py"

    def test_path(self, module):
        return f"tests/{module.group}/test_{module.name}.py"

    def inside(self, module):
        return 0

    def head(self, module):
        return ["import logging", "", "from shop import metrics, rates, store", "", "logger = logging.getLogger(__name__)",
                *[f"{k} = {v}" for k, v in module.constants.items()], "", ""]

    def open(self, function):
        return [f"def {function.name}({function.parameter}):"]

    def close(self):
        return [""]

    def tail(self, module):
        return []

    def let(self, name, value):
        return f"{name} = {value}"

    def log(self, words, name):
        return f'logger.debug("{words} %s", {name})'

    def guard(self, condition, default):
        return [f"if {condition}:", f"    return {default}"]

    def is_none(self, name):
        return f"{name} is None"

    def is_empty(self, name):
        return f"not {name}"

    def trace(self, frames, field):
        lines = ["Traceback (most recent call last):",
                 '  File "/usr/local/lib/python3.11/site-packages/celery/app/trace.py", line 451, in trace_task',
                 "    R = retval = fun(*args, **kwargs)"]
        for frame in frames:
            lines += [f'  File "/srv/app/current/{frame["path"]}", line {frame["line"]}, in {frame["function"]}',
                      "    " + frame["source"]]
        return "\n".join(lines + [f"AttributeError: 'NoneType' object has no attribute '{field}'"])


class Java(Language):
    name = "java"

    def package(self, module):
        return "com.acme.shop." + module.group.replace("_", "")

    def path(self, module):
        return f"server/src/main/java/{self.package(module).replace('.', '/')}/{pascal(module.name)}.java"

    def test_path(self, module):
        return f"server/src/test/java/{self.package(module).replace('.', '/')}/{pascal(module.name)}.java"

    def head(self, module):
        return [f"package {self.package(module)};", "", "import com.acme.shop.Store;", "import java.util.List;", "",
                f"public final class {pascal(module.name)} {{",
                *[f"    private static final long {k} = {v};" for k, v in module.constants.items()], ""]

    def open(self, function):
        return [f"public long {camel(function.name)}(Request {function.parameter}) {{"]

    def close(self):
        return ["}"]

    def tail(self, module):
        return ["}"]

    def trace(self, frames, field):
        lines = [f'java.lang.NullPointerException: Cannot invoke "Row.{field}()" because "row" is null']
        for frame in reversed(frames):
            name = pascal(frame["module"].name)
            lines.append(f"\tat {self.package(frame['module'])}.{name}.{camel(frame['function'])}({name}.java:{frame['line']})")
        return "\n".join(lines + [
            "\tat org.springframework.web.servlet.FrameworkServlet.service(FrameworkServlet.java:897)",
            "\tat java.base/java.lang.Thread.run(Thread.java:840)"])


class Kotlin(Java):
    name, end = "kotlin", ""

    def path(self, module):
        return f"app/src/main/kotlin/{module.group}/{pascal(module.name)}.kt"

    def test_path(self, module):
        return f"app/src/test/kotlin/{module.group}/{pascal(module.name)}.kt"

    def head(self, module):
        return [f"package {self.package(module)}", "", "import com.acme.shop.Store", "",
                *[f"private const val {k} = {v}L" for k, v in module.constants.items()], "",
                f"class {pascal(module.name)}(private val store: Store) {{"]

    def open(self, function):
        return [f"fun {camel(function.name)}({function.parameter}: Request): Long {{"]

    def let(self, name, value):
        return f"val {name} = {value}"

    def trace(self, frames, field):
        return super().trace(frames, field).replace(".java:", ".kt:").replace(
            "Servlet.kt", "Servlet.java").replace("Thread.kt", "Thread.java")


class TypeScript(Language):
    name, indent = "typescript", "  "
    two_quotes = True

    def path(self, module):
        return f"web/src/{module.group}/{camel(module.name)}.ts"

    def test_path(self, module):
        return f"web/src/{module.group}/__tests__/{camel(module.name)}.ts"

    def inside(self, module):
        return 0

    def head(self, module):
        return ['import { logger, metrics, rates, store } from "../shared";', "",
                *[f"const {k} = {v};" for k, v in module.constants.items()], ""]

    def open(self, function):
        return [f"export const {camel(function.name)} = ({function.parameter}: Request): number => {{"]

    def close(self):
        return ["};"]

    def tail(self, module):
        return []

    def let(self, name, value):
        return f"const {name} = {value};"

    def is_none(self, name):
        return f"{name} === undefined"

    def is_empty(self, name):
        return f"!{name}.length"

    def trace(self, frames, field):
        lines = [f"TypeError: Cannot read properties of undefined (reading '{field}')"]
        for frame in reversed(frames):
            inner = frame["path"].split("/", 1)[1]
            lines.append(f"    at {camel(frame['function'])} (webpack://shop-web/./{inner}:{frame['line']}:17)")
        return "\n".join(lines + ["    at invokeTask (webpack://shop-web/./node_modules/zone.js/fesm2015/zone.js:406:31)"])


class JavaScript(TypeScript):
    name = "javascript"

    def path(self, module):
        return f"lib/{module.group}/{module.name.replace('_', '-')}.js"

    def test_path(self, module):
        return f"test/{module.group}/{module.name.replace('_', '-')}.js"

    def head(self, module):
        return ["'use strict';", "", "const { logger, metrics, rates, store } = require('../shared');", "",
                *[f"const {k} = {v};" for k, v in module.constants.items()], ""]

    def open(self, function):
        return [f"async function {camel(function.name)}({function.parameter}) {{"]

    def close(self):
        return ["}"]

    def trace(self, frames, field):
        lines = [f"TypeError: Cannot read properties of undefined (reading '{field}')"]
        for frame in reversed(frames):
            lines.append(f"    at async {camel(frame['function'])} (/usr/src/app/{frame['path']}:{frame['line']}:22)")
        return "\n".join(lines + [
            "    at async Layer.handle (/usr/src/app/node_modules/express/lib/router/layer.js:95:5)",
            "    at process.processTicksAndRejections (node:internal/process/task_queues:95:5)"])


class Go(Language):
    name, indent, end = "go", "\t", ""

    def path(self, module):
        return f"internal/{module.group}/{module.name}.go"

    def test_path(self, module):
        return f"internal/{module.group}/{module.name}_test.go"

    def inside(self, module):
        return 0

    def head(self, module):
        return [f"package {module.group.replace('_', '')}", "", 'import "github.com/acme/shop/internal/store"', "",
                *[f"const {k} = {v}" for k, v in module.constants.items()], ""]

    def open(self, function):
        return [f"func (s *Service) {pascal(function.name)}({function.parameter} *Request) int64 {{"]

    def close(self):
        return ["}"]

    def tail(self, module):
        return []

    def function_name(self, name):
        return pascal(name)

    def method(self, name):
        return pascal(name)

    def own(self, function, arguments):
        return "s." + super().own(function, arguments)

    def let(self, name, value):
        return f"{name} := {value}"

    def guard(self, condition, default):
        return [f"if {condition} {{", f"\treturn {default}", "}"]

    def is_none(self, name):
        return f"{name} == nil"

    def is_empty(self, name):
        return f"len({name}) == 0"

    def reformat(self, line):
        return [line]  # gofmt leaves nothing to do: the same commit changes nothing here

    def trace(self, frames, field):
        lines = ["panic: runtime error: invalid memory address or nil pointer dereference",
                 "[signal SIGSEGV: segmentation violation code=0x1 addr=0x18 pc=0x4a2f1c]", "", "goroutine 42 [running]:"]
        for frame in reversed(frames):
            package = frame["path"].rsplit("/", 1)[0]
            lines += [f"github.com/acme/shop/{package}.(*Service).{pascal(frame['function'])}(0xc0000b4000, 0x0)",
                      f"\t/go/src/github.com/acme/shop/{frame['path']}:{frame['line']} +0x5c"]
        return "\n".join(lines + ["net/http.HandlerFunc.ServeHTTP(0xc000010000, {0x8f2b60, 0xc000142000}, 0xc000150000)",
                                  "\t/usr/local/go/src/net/http/server.go:2136 +0x29"])


class Rust(Language):
    name = "rust"
    case = staticmethod(lambda name: name)

    def path(self, module):
        return f"crates/shop-server/src/{module.group}/{module.name}.rs"

    def test_path(self, module):
        return f"crates/shop-server/tests/{module.group}_{module.name}.rs"

    def head(self, module):
        return ["use crate::{metrics, rates, store};", "",
                *[f"const {k}: u64 = {v};" for k, v in module.constants.items()], "", "impl Service {"]

    def open(self, function):
        return [f"pub fn {function.name}(&self, {function.parameter}: &Request) -> u64 {{"]

    def close(self):
        return ["}"]

    def tail(self, module):
        return ["}"]

    def own(self, function, arguments):
        return "self." + super().own(function, arguments)

    def let(self, name, value):
        return f"let {name} = {value};"

    def is_none(self, name):
        return f"{name}.is_none()"

    def guard(self, condition, default):
        return [f"if {condition} {{", f"    return {default};", "}"]

    def trace(self, frames, field):
        top = frames[-1]
        lines = [f"thread 'tokio-runtime-worker' panicked at {top['path']}:{top['line']}:22:",
                 "called `Option::unwrap()` on a `None` value", "stack backtrace:",
                 "   0: rust_begin_unwind",
                 "             at /rustc/9fc6b43126469e3858e2fe86cafb4f0fd5068869/library/std/src/panicking.rs:665:5",
                 "   1: core::panicking::panic_fmt",
                 "             at /rustc/9fc6b43126469e3858e2fe86cafb4f0fd5068869/library/core/src/panicking.rs:74:14"]
        for number, frame in enumerate(reversed(frames)):
            module = f"shop_server::{frame['module'].group}::{frame['module'].name}"
            lines += [f"   {number + 2}: {module}::Service::{frame['function']}",
                      f"             at ./{frame['path']}:{frame['line']}:22"]
        return "\n".join(lines)


class CSharp(Language):
    name = "csharp"

    def path(self, module):
        return f"src/Acme.Shop/{pascal(module.group)}/{pascal(module.name)}.cs"

    def test_path(self, module):
        return f"tests/Acme.Shop.Tests/{pascal(module.group)}/{pascal(module.name)}.cs"

    def head(self, module):
        return ["using Acme.Shop.Storage;", "", f"namespace Acme.Shop.{pascal(module.group)}", "{",
                f"    public class {pascal(module.name)}", "    {",
                *[f"        private const long {k} = {v};" for k, v in module.constants.items()], ""]

    def inside(self, module):
        return 2

    def open(self, function):
        return [f"public long {pascal(function.name)}(Request {function.parameter})", "{"]

    def close(self):
        return ["}"]

    def tail(self, module):
        return ["    }", "}"]

    def function_name(self, name):
        return pascal(name)

    def method(self, name):
        return pascal(name)

    def trace(self, frames, field):
        lines = ["Unhandled exception. System.NullReferenceException: Object reference not set to an instance of an object."]
        for frame in reversed(frames):
            module = frame["module"]
            lines.append(f"   at Acme.Shop.{pascal(module.group)}.{pascal(module.name)}.{pascal(frame['function'])}"
                         f"(Request request) in /src/{frame['path']}:line {frame['line']}")
        return "\n".join(lines + ["   at Microsoft.AspNetCore.Mvc.Infrastructure.ActionMethodExecutor.Execute(Object controller)"])


class Ruby(Language):
    name, indent, comment, end = "ruby", "  ", "#", ""
    case = staticmethod(lambda name: name)
    two_quotes = True

    def path(self, module):
        return f"app/services/{module.group}/{module.name}.rb"

    def test_path(self, module):
        return f"spec/services/{module.group}/{module.name}.rb"

    def head(self, module):
        return [f"class {pascal(module.group)}::{pascal(module.name)}",
                *[f"  {k} = {v}" for k, v in module.constants.items()], ""]

    def open(self, function):
        return [f"def {function.name}({function.parameter})"]

    def close(self):
        return ["end"]

    def tail(self, module):
        return ["end"]

    def let(self, name, value):
        return f"{name} = {value}"

    def guard(self, condition, default):
        return [f"return {default} if {condition}"]

    def is_none(self, name):
        return f"{name}.nil?"

    def is_empty(self, name):
        return f"{name}.empty?"

    def trace(self, frames, field):
        top = frames[-1]
        lines = [f"/app/{top['path']}:{top['line']}:in `{top['function']}': undefined method `{field}' for nil:NilClass (NoMethodError)"]
        for frame in reversed(frames[:-1]):
            lines.append(f"\tfrom /app/{frame['path']}:{frame['line']}:in `{frame['function']}'")
        return "\n".join(lines + [
            "\tfrom /usr/local/bundle/gems/sidekiq-7.2.0/lib/sidekiq/processor.rb:202:in `execute_job'"])


class PHP(Language):
    name = "php"

    def path(self, module):
        return f"src/{pascal(module.group)}/{pascal(module.name)}.php"

    def test_path(self, module):
        return f"tests/{pascal(module.group)}/{pascal(module.name)}.php"

    def variable(self, name):
        if name.isupper() and len(name) > 1:
            return "self::" + name
        return ("$" + camel(name)) if name.isidentifier() else name

    def head(self, module):
        return ["<?php", "", f"namespace App\\{pascal(module.group)};", "", f"class {pascal(module.name)}", "{",
                *[f"    private const {k} = {v};" for k, v in module.constants.items()], ""]

    def open(self, function):
        return [f"public function {camel(function.name)}(Request ${function.parameter}): int", "{"]

    def close(self):
        return ["}"]

    def tail(self, module):
        return ["}"]

    def call(self, receiver, method, arguments):
        owner = receiver if receiver.startswith("$") else "$this->" + receiver
        return f"{owner}->{camel(method)}({', '.join(arguments)})"

    def own(self, function, arguments):
        return "$this->" + super().own(function, arguments)

    def let(self, name, value):
        return f"{name} = {value};"

    def is_none(self, name):
        return f"{name} === null"

    def is_empty(self, name):
        return f"empty({name})"

    def trace(self, frames, field):
        top = frames[-1]
        lines = [f"PHP Fatal error:  Uncaught Error: Call to a member function {camel(field)}() on null in "
                 f"/var/www/html/{top['path']}:{top['line']}", "Stack trace:"]
        place = frames[-1]
        for number, (outer, inner) in enumerate(zip(reversed(frames[:-1]), reversed(frames))):
            module = inner["module"]
            lines.append(f"#{number} /var/www/html/{outer['path']}({outer['line']}): "
                         f"App\\{pascal(module.group)}\\{pascal(module.name)}->{camel(inner['function'])}(Object(Request))")
            place = outer
        module = place["module"]
        lines.append(f"#{len(frames) - 1} /var/www/html/public/index.php(21): "
                     f"App\\{pascal(module.group)}\\{pascal(module.name)}->{camel(place['function'])}(Object(Request))")
        return "\n".join(lines + [f"#{len(frames)} {{main}}", f"  thrown in /var/www/html/{top['path']} on line {top['line']}"])


class Swift(Language):
    name, end = "swift", ""

    def path(self, module):
        return f"Sources/Shop/{pascal(module.group)}/{pascal(module.name)}.swift"

    def test_path(self, module):
        return f"Tests/ShopTests/{pascal(module.group)}/{pascal(module.name)}.swift"

    def head(self, module):
        return ["import Foundation", "", *[f"private let {k} = {v}" for k, v in module.constants.items()], "",
                f"struct {pascal(module.name)} {{"]

    def open(self, function):
        return [f"func {camel(function.name)}(_ {function.parameter}: Request) -> Int {{"]

    def close(self):
        return ["}"]

    def tail(self, module):
        return ["}"]

    def let(self, name, value):
        return f"let {name} = {value}"

    def guard(self, condition, default):
        return [f"if {condition} {{", f"    return {default}", "}"]

    def is_none(self, name):
        return f"{name} == nil"

    def is_empty(self, name):
        return f"{name}.isEmpty"

    def trace(self, frames, field):
        top = frames[-1]
        lines = [f"Shop/{pascal(top['module'].name)}.swift:{top['line']}: Fatal error: Unexpectedly found nil while unwrapping an Optional value",
                 "", "*** Program crashed: Illegal instruction at 0x00005581d8ef2e21 ***", "", "Thread 0 \"shop\" crashed:", ""]
        for number, frame in enumerate(reversed(frames)):
            name = f"{pascal(frame['module'].name)}.{camel(frame['function'])}(_:)"
            lines.append(f"{number} {name} + 289 in shop at /build/{frame['path']}:{frame['line']}:22")
        return "\n".join(lines + [f"{len(frames)} static Main.main() + 77 in shop at /build/Sources/Shop/Main.swift:9:13", ""])


class CPlusPlus(Language):
    name = "cpp"
    case = staticmethod(lambda name: name)

    def path(self, module):
        return f"src/{module.group}/{module.name}.cpp"

    def test_path(self, module):
        return f"test/{module.group}/{module.name}.cpp"

    def inside(self, module):
        return 0

    def head(self, module):
        return [f'#include "{module.group}/{module.name}.h"', "", "namespace shop {", "",
                *[f"constexpr long {k} = {v};" for k, v in module.constants.items()], ""]

    def open(self, function):
        return [f"long Service::{function.name}(const Request* {function.parameter}) {{"]

    def close(self):
        return ["}"]

    def tail(self, module):
        return ["", "}  // namespace shop"]

    def call(self, receiver, method, arguments):
        return f"{receiver}->{method}({', '.join(arguments)})"

    def let(self, name, value):
        return f"auto* {name} = {value};"

    def is_none(self, name):
        return f"{name} == nullptr"

    def is_empty(self, name):
        return f"{name}->empty()"

    def trace(self, frames, field):
        lines = ["==4127==ERROR: AddressSanitizer: SEGV on unknown address 0x000000000018 (pc 0x55d1c8a3f2b1 bp 0x7ffd T0)",
                 "==4127==The signal is caused by a READ memory access."]
        for number, frame in enumerate(reversed(frames)):
            lines.append(f"    #{number} 0x55d1c8a3f2b{number} in shop::Service::{frame['function']}(shop::Request const*) "
                         f"/build/shop/{frame['path']}:{frame['line']}:22")
        return "\n".join(lines + [f"    #{len(frames)} 0x7f3f5b629d8f in __libc_start_main (/lib/x86_64-linux-gnu/libc.so.6+0x29d8f)",
                                  "", "SUMMARY: AddressSanitizer: SEGV"])


LANGUAGES = [Python, Java, Kotlin, TypeScript, JavaScript, Go, Rust, CSharp, Ruby, PHP, Swift, CPlusPlus]
