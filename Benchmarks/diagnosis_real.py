#!/usr/bin/env python3
"""Makes a labelled set for `appliance evaluate diagnosis` from real code: modules of Python's standard library, each
with a bug planted by rule, run until it fails.

    python3 Benchmarks/diagnosis_real.py /tmp/real-set [SEED] [CASES]       # 1 and 40 unless told
    appliance evaluate diagnosis --answers /tmp/kept.jsonl /tmp/real-set/set.jsonl > answers.jsonl

Nobody chooses the bugs: every place of the module where one of the rules below fits is a candidate, the seed shuffles
them, and one is kept where a small program that uses the module then ends with a trace through it. Each case is a
repository of its own: the module as it is, a comment in it, the guilty change, and one more comment in the same file
after it, so that the guilty commit is not the only suspect, nor the last. Traces are the interpreter's.

A right root cause names a value or call of the changed expression, and what stood there before (`expected.names`); a
word that the error's last line holds does not count. The modules are read from the interpreter that runs this.
"""
import ast
import json
import random
import re
import subprocess
import sys
import sysconfig
from pathlib import Path

from diagnosis_set import commit

# Module, and a program that uses it as programs do.
PROGRAMS = {
    "argparse": "p = argparse.ArgumentParser(prog='ship')\np.add_argument('--to', default='x', help='where')\np.add_argument('n', type=int, nargs='*')\ns = p.add_subparsers()\nq = s.add_parser('go')\nq.add_argument('-v', action='count')\nprint(p.format_help(), p.parse_known_args(['--to', 'b', '1']))",
    "base64": "print(base64.b64decode(base64.b64encode(b'abc', b'-_'), b'-_'), base64.b32encode(b'abc'), base64.a85encode(b'abc'), base64.b85decode(base64.b85encode(b'abcd')))",
    "bdb": "b = bdb.Bdb(skip=['x'])\nb.reset()\nprint(b.canonic('a.py'), b.set_break(__file__, 3), b.get_all_breaks(), b.clear_all_breaks())",
    "calendar": "print(calendar.TextCalendar().formatmonth(2026, 11), calendar.HTMLCalendar().formatyear(2026)[:50], calendar.monthrange(2026, 2))",
    "cmd": "class C(cmd.Cmd):\n    def do_go(self, a):\n        'Goes.'\n        print(a)\n    def help_me(self):\n        print('me')\nc = C()\nc.onecmd('go x')\nc.onecmd('help')\nc.onecmd('help go')\nprint(c.completenames('g'))",
    "configparser": "c = configparser.ConfigParser()\nc.read_string('[a]\\nx = 1\\ny = %(x)s2\\n[b]\\nz: on\\n')\nprint(c.get('a', 'y'), c.getint('a', 'x'), c['b'].getboolean('z'), c.items('a'))\nc.set('a', 'q', 'w')\nc.write(open('/dev/null', 'w'))",
    "copy": "class A:\n    def __init__(self):\n        self.l = [1, (2, {3: 4})]\nprint(copy.deepcopy(A()).l, copy.copy(A()).l)",
    "csv": "import io\nr = csv.DictReader(io.StringIO('a,b\\n1,2\\n3\\n'))\nprint(list(r))\nw = csv.DictWriter(io.StringIO(), ['a'])\nw.writeheader()\nw.writerow({'a': 1})\nprint(csv.Sniffer().sniff('a;b;c\\n1;2;3\\n4;5;6\\n').delimiter, csv.Sniffer().has_header('name,age\\nx,1\\ny,2\\n'))",
    "difflib": "a, b = ['one\\n', 'two\\n', 'tree\\n'], ['ore\\n', 'tree\\n', 'emu\\n']\nprint(list(difflib.unified_diff(a, b)), list(difflib.ndiff(a, b)), difflib.get_close_matches('appel', ['ape', 'apple']), difflib.HtmlDiff().make_table(a, b)[:40])",
    "doctest": "def f():\n    '''\n    >>> 1 + 1\n    2\n    >>> print('a')\n    a\n    '''\nprint(doctest.run_docstring_examples(f, {}, name='f'), doctest.script_from_examples(f.__doc__))",
    "filecmp": "print(filecmp.cmp(__file__, __file__), filecmp.cmpfiles('.', '.', ['app.py', 'none']), filecmp.dircmp('.', '.').same_files)",
    "fileinput": "with fileinput.input(files=[__file__]) as f:\n    for line in f:\n        print(f.filename(), f.lineno(), f.isfirstline())",
    "fractions": "print(fractions.Fraction('3/4') + 1, fractions.Fraction(1.5).limit_denominator(10), fractions.Fraction(3, 4) ** 2, fractions.Fraction('1.25e2') // 2)",
    "getopt": "print(getopt.getopt(['-a', '--out=x', 'f'], 'ab:', ['out=', 'very']), getopt.gnu_getopt(['f', '-a', '--ver'], 'a', ['very']))",
    "gettext": "print(gettext.c2py('n%10==1 && n%100!=11 ? 0 : n != 0 ? 1 : 2')(5), gettext.NullTranslations().gettext('a'), gettext.find('x'))",
    "graphlib": "t = graphlib.TopologicalSorter({'d': {'b', 'c'}, 'b': {'a'}, 'c': {'a'}})\nprint(list(t.static_order()))",
    "heapq": "print(list(heapq.merge([1, 4], [2, 3], key=lambda x: x)), heapq.nlargest(2, [3, 1, 2], key=abs), heapq.nsmallest(2, [3, 1, 2]))",
    "imaplib": "print(imaplib.Time2Internaldate(0), imaplib.Int2AP(77), imaplib.ParseFlags(b'FLAGS (\\\\Seen x)'), imaplib.Internaldate2tuple(b'INTERNALDATE \"01-Jan-2026 10:00:00 +0000\"'))",
    "ipaddress": "n = ipaddress.ip_network('10.0.0.0/29')\nprint(list(n.subnets(1)), n.supernet(), list(n.address_exclude(ipaddress.ip_network('10.0.0.0/30'))), ipaddress.ip_address('2001:db8::1').exploded, list(ipaddress.summarize_address_range(ipaddress.ip_address('10.0.0.1'), ipaddress.ip_address('10.0.0.9'))), list(ipaddress.collapse_addresses([n])))",
    "mailcap": "print(mailcap.findmatch({'text/plain': [{'view': 'cat %s', 'lineno': 1}]}, 'text/plain', filename='a'), mailcap.parsefield('a;b', 0, 3), mailcap.subst('x %s', 'text/plain', 'f'))",
    "mimetypes": "m = mimetypes.MimeTypes()\nprint(m.guess_type('a.tar.gz'), m.guess_all_extensions('text/plain'), m.guess_extension('text/html'))",
    "modulefinder": "f = modulefinder.ModuleFinder(path=['.'])\nf.run_script(__file__)\nf.report()",
    "netrc": "open('n.netrc', 'w').write('machine a login b password c\\nmacdef m\\nls\\n\\ndefault login x password y\\n')\nn = netrc.netrc('n.netrc')\nprint(n.authenticators('a'), n.authenticators('zz'), repr(n))",
    "optparse": "p = optparse.OptionParser(usage='%prog x')\np.add_option('-f', '--file', dest='f', default='d', help='a file %default')\np.add_option('-n', type='int', action='append')\ng = optparse.OptionGroup(p, 'more')\ng.add_option('-q', action='store_true')\np.add_option_group(g)\nprint(p.parse_args(['-f', 'x', '-n3', '--fi=y', 'rest']), p.format_help())",
    "plistlib": "d = plistlib.dumps({'a': [1, 2.5, True, b'x'], 'b': {'c': 'd'}})\nprint(plistlib.loads(d), plistlib.loads(plistlib.dumps({'a': [1, 'x', b'y']}, fmt=plistlib.FMT_BINARY)))",
    "pprint": "pprint.pprint({'a': list(range(40)), 'b': {'c': ('x' * 70, 'y' * 60)}, 's': {1, 2}}, width=40)\npprint.pprint('long words ' * 20, width=30)",
    "pyclbr": "print(sorted(pyclbr.readmodule_ex('cmd')))",
    "quopri": "import io\no = io.BytesIO()\nquopri.a2b_qp = quopri.b2a_qp = None\nquopri.encode(io.BytesIO(b'caf\\xc3\\xa9 = x \\n'), o, 0)\nquopri.decode(io.BytesIO(o.getvalue()), io.BytesIO())",
    "reprlib": "r = reprlib.Repr()\nprint(r.repr([1] * 20), r.repr({i: i for i in range(9)}), r.repr('x' * 90), r.repr({3, 1, 2}), r.repr(10 ** 60))",
    "sched": "s = sched.scheduler()\ns.enter(0, 1, print, ('a',))\ns.enter(0, 2, print, kwargs={})\nprint(s.queue)\ns.run()",
    "shlex": "print(shlex.split('a \"b c\" d\\\\ e # x', comments=True), shlex.join(['a b', 'c']), list(shlex.shlex('a && b', punctuation_chars=True)))",
    "sre_parse": "print(sre_parse.parse('(?P<n>a|b)*[c-e]{2,3}(?=x)\\\\1'), sre_parse.parse('(?i:x)y+?'))",
    "statistics": "print(statistics.mean([1, 2, 4]), statistics.median([3, 1, 2]), statistics.mode('aab'), statistics.stdev([1, 2, 4]), statistics.quantiles([1, 2, 3, 4]), statistics.NormalDist(0, 1).overlap(statistics.NormalDist(1, 1)), statistics.linear_regression([1, 2, 3], [2, 4, 7]))",
    "string": "print(string.Template('$a ${b} $$').substitute(a=1, b=2), string.Formatter().format('{0} {x.real!r:>4}', 'z', x=3), string.capwords('a b'))",
    "tabnanny": "tabnanny.check(__file__)\nprint(tabnanny.Whitespace('  \\tx').longest_run_of_spaces())",
    "tarfile": "import io\nf = io.BytesIO()\nt = tarfile.open(fileobj=f, mode='w')\nt.add(__file__, 'a.py')\nt.close()\nf.seek(0)\nt = tarfile.open(fileobj=f)\nprint(t.getnames(), t.extractfile('a.py').read(3), t.getmember('a.py').get_info())",
    "textwrap": "print(textwrap.fill('many words in a line that is long ' * 3, 30, subsequent_indent='  '), textwrap.dedent('  a\\n   b\\n'), textwrap.shorten('many words here', 8), textwrap.indent('a\\nb', '> '))",
    "timeit": "print(timeit.Timer('1 + 1', number=3) if False else timeit.repeat('1 + 1', repeat=2, number=3), timeit.main(['-n', '1', '-r', '1', 'pass']))",
    "tokenize": "import io\nfor t in tokenize.generate_tokens(io.StringIO('def f(a):\\n    return \"\"\"x\\ny\"\"\" + a\\n').readline):\n    print(t)\nprint(tokenize.untokenize([(1, 'a'), (54, '+'), (1, 'b')]))",
    "trace": "t = trace.Trace(count=1, trace=0)\nt.runfunc(len, 'a')\nt.results().write_results(show_missing=True, coverdir='.')",
    "uuid": "print(uuid.UUID('12345678123456781234567812345678'), uuid.uuid5(uuid.NAMESPACE_DNS, 'a'), uuid.uuid4().version, uuid.UUID(int=5).fields, uuid.UUID(bytes=b'x' * 16).urn)",
    "xdrlib": "p = xdrlib.Packer()\np.pack_string(b'ab')\np.pack_list([1, 2], p.pack_int)\np.pack_farray(2, [1, 2], p.pack_int)\nu = xdrlib.Unpacker(p.get_buffer())\nprint(u.unpack_string(), u.unpack_list(u.unpack_int))",
    "zipfile": "import io\nf = io.BytesIO()\nz = zipfile.ZipFile(f, 'w')\nz.writestr('d/a', 'text')\nz.close()\nz = zipfile.ZipFile(f)\nprint(z.read('d/a'), z.testzip(), list(zipfile.Path(z).iterdir()), z.infolist())",
}
MOST_OF_A_MODULE, WINDOW = 3, 14


def terms(text):
    """Names and figures that a sentence about this code would hold."""
    words = re.findall(r"[A-Za-z_][A-Za-z_0-9]{2,}|\d{2,}", text)
    return sorted({word for word in words if word not in ("self", "None", "True", "False", "not", "and", "for", "len", "str", "int")})


def mutations(source):
    """Every place where a rule fits: (rule, first line, last line, new text of these lines, value words, words of before)."""
    tree = ast.parse(source)
    lines = source.splitlines(keepends=True)
    text = lambda node: ast.get_source_segment(source, node)

    def instead(node, new):
        line = lines[node.lineno - 1].encode()
        return (line[:node.col_offset] + new.encode() + line[node.end_col_offset:]).decode()

    for node in ast.walk(tree):
        one = getattr(node, "lineno", 0) and node.lineno == node.end_lineno
        put = lambda rule, new, values, before: (rule, node.lineno, node.lineno, instead(node, new), values, before)
        if not one:
            if isinstance(node, ast.If) and not node.orelse and len(node.body) == 1 and node.end_lineno == node.body[0].lineno \
                    and isinstance(node.body[0], (ast.Return, ast.Continue, ast.Break, ast.Assign)) and terms(text(node.test)) \
                    and node.test.lineno == node.test.end_lineno and lines[node.lineno - 1].lstrip().startswith("if "):
                yield "guard removed", node.lineno, node.end_lineno, "", terms(text(node.test)), ["remov", "took", "no longer", "check", "guard", "delet"]
            continue
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            name, args = node.func.attr, node.args
            if name == "get" and len(args) == 2:
                yield put("default dropped", f"{text(node.func.value)}[{text(args[0])}]", terms(text(args[0]) + " " + text(node.func.value)), ["get(", "`get", "default", "fallback", text(args[1])])
            elif len(name) > 3 and not name.startswith("__"):
                new = {"append": "push", "items": "pairs", "strip": "trim", "startswith": "begins", "pop": "take", "join": "glue"}.get(name, "apply")
                yield put("call renamed", text(node)[:len(text(node.func.value))] + "." + new + text(node)[len(text(node.func)):], [new] + terms(text(node.func.value)), [name])
        if isinstance(node, ast.Call) and isinstance(node.func, (ast.Name, ast.Attribute)) and node.args and not node.keywords:
            name = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
            if name in ("str", "int", "list", "tuple", "iter", "bytes") and len(node.args) == 1 and terms(text(node.args[0])):
                yield put("conversion dropped", text(node.args[0]), terms(text(node.args[0])), [name + "(", f"`{name}`", f"'{name}'", "conver"])
            elif len(node.args) > 1 and terms(text(node.args[-1])) and not isinstance(node.args[-1], ast.Starred):
                kept = ", ".join(text(arg) for arg in node.args[:-1])
                yield put("argument dropped", f"{text(node.func)}({kept})", terms(text(node.func)), terms(text(node.args[-1])))
        if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.Or) and len(node.values) == 2 and isinstance(node.values[1], (ast.Constant, ast.List, ast.Dict, ast.Tuple)):
            yield put("default dropped", text(node.values[0]), terms(text(node.values[0])), [f"or {text(node.values[1])}", "default", "fallback"])
        if isinstance(node, ast.IfExp):
            yield put("condition dropped", text(node.body), terms(text(node.body)), terms(text(node.test)) + ["else", "condition", "check"])
        if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, int):
            yield put("index moved", f"{text(node.value)}[{node.slice.value + 2}]", terms(text(node.value)), [f"[{node.slice.value}]", f"index {node.slice.value}"])
        if isinstance(node, ast.Assign) and isinstance(node.value, (ast.List, ast.Dict)) and not getattr(node.value, "elts", getattr(node.value, "keys", None)):
            yield (lambda value: ("never made", node.lineno, node.lineno, instead(value, "None"), terms(text(node.targets[0])), [text(value), "empty list", "empty dict"]))(node.value)


def program(module):
    return f"import {module}\n\n\ndef main():\n" + "".join(f"    {line}\n" for line in PROGRAMS[module].splitlines()) + "\n\nmain()\n"


def run(folder, limit=20):
    try:
        done = subprocess.run([sys.executable, "-B", "app.py"], capture_output=True, text=True, cwd=folder, timeout=limit, stdin=subprocess.DEVNULL)
    except subprocess.TimeoutExpired:
        return None
    return done.stderr.replace(str(folder), "/srv/app") if done.returncode and done.stderr.startswith("Traceback") else None


def function_at(source, line):
    best = None
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef) and node.lineno <= line <= node.end_lineno and (best is None or node.lineno > best.lineno):
            best = node
    return best.name if best else None


def comment(lines, word, seed):
    """A comment before some function: a change that does not matter."""
    places = [i for i, line in enumerate(lines) if re.match(r"\s*def \w", line) and not lines[i - 1].lstrip().startswith("@")]
    place = seed.choice(places)
    indent = re.match(r"\s*", lines[place]).group()
    return lines[:place] + [f"{indent}# {word}\n"] + lines[place:]


def plant(folder, module, source, found, seed):
    rule, first, last, new, values, before = found
    folder.mkdir(parents=True)
    lines = source.splitlines(keepends=True)
    (folder / "app.py").write_text(program(module))
    changed = lines[:first - 1] + ([new] if new else []) + lines[last:]
    (folder / f"{module}.py").write_text("".join(changed))
    try:
        compile("".join(changed), module, "exec")
    except SyntaxError:
        return None
    trace = run(folder)
    if not trace or f"/srv/app/{module}.py" not in trace:
        return None
    said = trace.strip().splitlines()[-1].lower()
    untold = lambda words: [word for word in words if word.lower() not in said]
    names = ["|".join(group) for group in (untold(values), untold(before)) if group]
    if not untold(before):
        return None
    subprocess.run(["git", "init", "-q", "-b", "main", str(folder)], check=True)
    (folder / f"{module}.py").write_text(source)
    commit(folder, f"{module}: first version here", 1)
    early = comment(lines, "Kept as it was.", seed)
    shift = len(early) - len(lines) if early[:first - 1] != lines[:first - 1] else 0
    (folder / f"{module}.py").write_text("".join(early))
    commit(folder, f"{module}: say why", 8)
    changed = early[:first - 1 + shift] + ([new] if new else []) + early[last + shift:]
    (folder / f"{module}.py").write_text("".join(changed))
    function = function_at("".join(early), first + shift)
    guilty = commit(folder, f"{function or module}: simpler", 18)
    (folder / f"{module}.py").write_text("".join(comment(changed, "Called from outside, too.", seed)))
    head = commit(folder, f"{module}: another note", 20)
    trace = run(folder)
    if not trace:
        return None
    return {"mirror": f"repositories/{folder.name}/.git", "revision": head, "trace": trace, "time": "2026-11-21T05:10:00Z",
            "service": module, "rule": rule, "expected": {"file": f"{module}.py", "function": function, "commit": guilty, "names": names}}


def main():
    if {"-h", "--help"} & set(sys.argv):
        return print(__doc__)
    root = Path(sys.argv[1] if len(sys.argv) > 1 else "real-set").absolute()
    seed = random.Random(int(sys.argv[2]) if len(sys.argv) > 2 else 1)
    wanted = int(sys.argv[3]) if len(sys.argv) > 3 else 40
    library = Path(sysconfig.get_paths()["stdlib"])
    modules = [module for module in PROGRAMS if (library / f"{module}.py").exists()]
    pools = {}
    for module in modules:
        source = (library / f"{module}.py").read_text()
        found = list(mutations(source))
        seed.shuffle(found)
        # By turns, so that rules with many places do not crowd out the others.
        turns = {}
        order = [(turns.setdefault(one[0], []).append(one), len(turns[one[0]]))[1] for one in found]
        found = [one for _, _, one in sorted(zip(order, range(len(found)), found))]
        pools[module] = (source, found[:60][::-1])
    rows, taken = [], {}
    while len(rows) < wanted and any(found for _, found in pools.values()):
        seed.shuffle(modules)
        for module in modules:
            source, found = pools[module]
            if len(rows) == wanted or taken.get(module, 0) == MOST_OF_A_MODULE:
                found.clear()
            while found:
                case = f"{module}-{len(rows)}-{len(found)}"
                row = plant(root / "repositories" / case, module, source, found.pop(), seed)
                if row:
                    rows.append({"id": f"{module}-{row.pop('rule').replace(' ', '-')}-{len(rows)}", **row})
                    taken[module] = taken.get(module, 0) + 1
                    break
                subprocess.run(["rm", "-rf", str(root / "repositories" / case)])
    with (root / "set.jsonl").open("w") as out:
        for row in rows:
            out.write(json.dumps(row) + "\n")
    print(f"{len(rows)} cases of {len(taken)} modules in {root}/set.jsonl")


if __name__ == "__main__":
    main()
