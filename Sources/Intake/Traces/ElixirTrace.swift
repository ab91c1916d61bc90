import Events

/// Elixir's errors, newest frame first: `** (KeyError) key :id not found` and below it
/// `(shop 0.1.0) lib/shop/orders.ex:42: Shop.Orders.load/2` (https://hexdocs.pm/elixir/Exception.html).
struct ElixirTrace {
    private var printed: [ExceptionInfo] = []
    private var isOpen = false

    static func parse(_ lines: [Substring]) -> [ExceptionInfo] {
        var trace = ElixirTrace()
        for line in lines where trace.printed.count < TraceLimits.printedExceptions { trace.read(line.trimmed) }
        return trace.printed.map {
            ExceptionInfo(type: $0.type, message: $0.message, frames: $0.frames.reversed())
        }
    }

    /// `** (Type) message`.
    static func head(_ text: Substring) -> (type: Substring, message: Substring)? {
        guard let rest = text.after("** ("), let close = rest.split(at: ")"), !close.before.isEmpty,
            close.before.utf8.count <= 256, close.after.isEmpty || close.after.utf8.first == 0x20
        else { return nil }
        return (close.before, close.after.trimmed)
    }

    /// `(app 1.0.0) path.ex:42: Module.function/2`, the application not always named.
    static func frame(_ text: Substring) -> StackFrame? {
        var (rest, application): (Substring, Substring?) = (text, nil)
        if text.utf8.first == 0x28, let close = text.split(at: ") "), close.before.utf8.count < 128 {
            application = close.before.dropFirst().prefix { $0 != " " }
            rest = close.after
        }
        guard let split = rest.split(at: ": ") else { return nil }
        let location = fileLocation(split.before)
        guard let line = location.line, location.column == nil, isSource(location.file) else { return nil }
        let (module, function) = call(split.after)
        let isLibrary = application.map { libraries.contains(String($0)) } ?? false
        return StackFrame(
            file: String(location.file), function: function, module: module, line: line,
            inApp: !isLibrary && !location.file.starts("deps/"))
    }

    private static func isSource(_ file: Substring) -> Bool {
        guard !file.utf8.contains(0x20) else { return false }
        for ending in [".ex", ".exs", ".erl", ".eex", ".heex", ".leex", ".hrl"] as [StaticString]
        where file.ends(ending) { return true }
        return false
    }

    /// `Shop.Orders.load/2`, `:gen_server.call/3`, `Shop.f(1, 2)`, `anonymous fn/1 in Shop.run/0`.
    private static func call(_ text: Substring) -> (module: String?, function: String) {
        if text.starts("anonymous fn") { return (nil, clip(String(text), to: 256)) }
        let name = text.utf8.firstIndex(of: 0x28).map { text[..<$0] } ?? text
        guard let split = name.split(atLast: 0x2E), !split.before.isEmpty, !split.after.isEmpty else {
            return (nil, clip(String(name), to: 256))
        }
        return (clip(String(split.before), to: 256), clip(String(split.after), to: 256))
    }

    private mutating func read(_ text: Substring) {
        if let (type, message) = Self.head(text) {
            printed.append(ExceptionInfo(type: String(type), message: message.isEmpty ? nil : String(message)))
            isOpen = true
        } else if let frame = Self.frame(text) {
            if printed.isEmpty { printed.append(ExceptionInfo(type: nil)) }
            isOpen = false
            if printed[printed.count - 1].frames.count < TraceLimits.printedFrames {
                printed[printed.count - 1].frames.append(frame)
            }
        } else if isOpen, !text.isEmpty, let message = printed.last?.message, message.utf8.count < TraceLimits.message {
            // A message of several lines.
            printed[printed.count - 1].message = message + "\n" + text
        }
    }

    /// Applications of Erlang, Elixir, and what most programs are built on.
    private static let libraries: Set<String> = [
        "elixir", "stdlib", "kernel", "erts", "ssl", "crypto", "inets", "mnesia", "compiler", "logger", "mix",
        "ex_unit",
        "iex", "eex", "phoenix", "phoenix_live_view", "phoenix_html", "phoenix_ecto", "phoenix_pubsub", "plug",
        "plug_cowboy", "cowboy", "cowlib", "ranch", "bandit", "thousand_island", "websock_adapter", "ecto", "ecto_sql",
        "postgrex", "myxql", "db_connection", "decimal", "jason", "poison", "finch", "mint", "hackney", "httpoison",
        "tesla", "req", "oban", "broadway", "gen_stage", "flow", "absinthe", "absinthe_plug", "telemetry", "gettext",
        "swoosh", "redix", "amqp", "amqp_client", "brod", "nimble_pool", "nimble_options", "poolboy",
    ]
}
