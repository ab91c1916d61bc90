/// Fills settings from a file's tables and from the environment, and collects every problem on the way.
struct ConfigurationDecoder {
    let file: TOMLFile?
    /// `APPLIANCE_…` variables; each is marked as used when a key takes it.
    let environment: [String: String]
    private(set) var problems: [ConfigurationProblem] = []
    private(set) var knownSections: Set<String> = []

    init(file: TOMLFile?, environment: [String: String]) {
        (self.file, self.environment) = (file, environment)
    }

    /// Reads `[name]` into `root`.
    mutating func section<Root>(_ name: String, _ keys: [ConfigurationKey<Root>], into root: inout Root) {
        knownSections.insert(name)
        var nodes: [String: TOMLFile.Node] = [:]
        switch node(at: name) {
        case .table(let table): nodes = table
        case nil: break
        default: report(name, "[\(name)] is a table: write it as [\(name)]")
        }
        fill(&root, from: nodes, keys, at: name, variable: Self.variable(name))
    }

    /// Reads each `[[name]]` into a copy of `start`; `APPLIANCE_NAME_0_KEY` overrides or adds one by its index.
    mutating func list<Root>(_ name: String, _ keys: [ConfigurationKey<Root>], from start: Root) -> [Root] {
        knownSections.insert(name)
        var tables: [[String: TOMLFile.Node]] = []
        switch node(at: name) {
        case .tables(let found): tables = found
        case .value(.list(let items)) where items.isEmpty: break
        case nil: break
        default: report(name, "[[\(name)]] is a list of tables: write it as [[\(name)]]")
        }
        let stem = Self.variable(name)
        while keys.contains(where: { environment["\(stem)_\(tables.count)_\($0.name.uppercased())"] != nil }) {
            tables.append([:])
        }
        return tables.enumerated().map { index, table in
            var root = start
            fill(&root, from: table, keys, at: "\(name)[\(index)]", variable: "\(stem)_\(index)")
            return root
        }
    }

    /// Whether a key of a table is written.
    func has(_ key: String, in name: String) -> Bool {
        guard case .table(let nodes) = node(at: name) else { return false }
        return nodes[key] != nil
    }

    /// The names of `[name.*]` tables, sorted.
    mutating func names(under name: String) -> [String] {
        guard case .table(let nodes) = node(at: name) else { return [] }
        return nodes.keys.sorted()
    }

    /// Reports sections that no key table knows.
    mutating func finish() {
        guard let file else { return }
        let tops = Set(knownSections.map { String($0.prefix { $0 != "." }) })
        for name in file.root.keys.sorted() where !tops.contains(name) {
            report(name, "unknown section or key \"\(name)\"\(Self.suggestion(name, tops))")
        }
        for name in file.root.keys.sorted() where tops.contains(name) && !knownSections.contains(name) {
            guard case .table(let nodes) = file.root[name] else { continue }
            for inner in nodes.keys.sorted() where !knownSections.contains("\(name).\(inner)") {
                report("\(name).\(inner)", "unknown key \"\(inner)\" in [\(name)]")
            }
        }
    }

    mutating func report(_ path: String, _ message: String) {
        let place = file?.place ?? "configuration"
        problems.append(ConfigurationProblem(place: place, line: file?.line(of: path), message: message))
    }

    private mutating func fill<Root>(
        _ root: inout Root, from nodes: [String: TOMLFile.Node], _ keys: [ConfigurationKey<Root>], at path: String,
        variable: String
    ) {
        let title = path.contains("[") ? "[[\(path.prefix { $0 != "[" })]]" : "[\(path)]"
        let names = Set(keys.map(\.name))
        for name in nodes.keys.sorted() where !names.contains(name) && !knownSections.contains("\(path).\(name)") {
            report("\(path).\(name)", "unknown key \"\(name)\" in \(title)\(Self.suggestion(name, names))")
        }
        for key in keys {
            if let node = nodes[key.name] {
                let raw: RawValue = if case .value(let value) = node { value } else { .other("a table") }
                take(key, raw, into: &root, path: "\(path).\(key.name)", title: title, variable: nil)
            }
            let name = "\(variable)_\(key.name.uppercased())"
            if let text = environment[name] {
                take(key, .environment(text), into: &root, path: path, title: title, variable: name)
            }
        }
    }

    private mutating func take<Root>(
        _ key: ConfigurationKey<Root>, _ raw: RawValue, into root: inout Root, path: String, title: String,
        variable: String?
    ) {
        do {
            try key.take(&root, raw)
        } catch {
            let message = "\(key.name) in \(title) is \(raw.shown); expected \(error.expected)"
            if let variable {
                problems.append(ConfigurationProblem(place: variable, line: nil, message: message))
            } else {
                report(path, message)
            }
        }
    }

    private func node(at path: String) -> TOMLFile.Node? {
        var nodes = file?.root
        var found: TOMLFile.Node?
        for part in path.split(separator: ".") {
            found = nodes?[String(part)]
            if case .table(let inner) = found { nodes = inner } else { nodes = nil }
        }
        return found
    }

    /// `grouping.rule` → `APPLIANCE_GROUPING_RULE`.
    static func variable(_ section: String) -> String {
        "APPLIANCE_" + section.uppercased().replacing(".", with: "_")
    }

    private static func suggestion(_ name: String, _ names: Set<String>) -> String {
        nearest(name, in: names).map { "; did you mean \"\($0)\"?" } ?? ""
    }
}
