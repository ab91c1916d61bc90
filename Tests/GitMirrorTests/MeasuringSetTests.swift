import ApplianceTestSupport
import Events
import Testing

@testable import GitMirror

/// 60 cases: five languages, four kinds of guilty change, three forms of the frame's path.
@Suite("The open measuring set keeps its figures")
struct MeasuringSetTests {
    struct Shape: Sendable {
        var name: String
        var path: String
        var forms: [String]
        var open: String
        var close: String
        var guardLine: String
        var line: String
        var changedLine: String
        var noise: String
    }

    static let shapes = [
        Shape(
            name: "python", path: "src/shop/orders.py",
            forms: ["/app/src/shop/orders.py", "shop/orders.py", "/usr/lib/python3/site-packages/shop/orders.py"],
            open: "def NAME(order):", close: "", guardLine: "    order = order or EMPTY",
            line: "    return order.total + 1", changedLine: "    return order.sum.total + 1", noise: "    note(K)"),
        Shape(
            name: "java", path: "core/src/main/java/com/acme/Orders.java",
            forms: ["Orders.java", "com/acme/Orders.java", "/build/core/src/main/java/com/acme/Orders.java"],
            open: "class ONAME {\n    int NAME(Order order) {", close: "    }\n}",
            guardLine: "        if (order == null) return 0;", line: "        return order.total() + 1;",
            changedLine: "        return order.sum().total() + 1;", noise: "        note(K);"),
        Shape(
            name: "go", path: "internal/shop/orders.go",
            forms: [
                "github.com/acme/x/internal/shop/orders.go", "/go/src/x/internal/shop/orders.go",
                "internal/shop/orders.go",
            ], open: "func NAME(order *Order) int {", close: "}", guardLine: "\tif order == nil { return 0 }",
            line: "\treturn order.Total + 1", changedLine: "\treturn order.Sum.Total + 1", noise: "\tnote(K)"),
        Shape(
            name: "rust", path: "crates/shop/src/orders.rs",
            forms: ["src/orders.rs", "/build/crates/shop/src/orders.rs", "crates/shop/src/orders.rs"],
            open: "pub fn NAME(order: Option<Order>) -> u64 {", close: "}",
            guardLine: "    let order = order.or(EMPTY);", line: "    order.unwrap().total + 1",
            changedLine: "    order.unwrap().sum.total + 1", noise: "    note(K);"),
        Shape(
            name: "typescript", path: "web/src/orders.ts",
            forms: ["webpack://shop/./src/orders.ts", "app:///src/orders.ts", "/srv/web/src/orders.ts"],
            open: "export const NAME = (order?: Order) => {", close: "};", guardLine: "  if (!order) return 0;",
            line: "  return order.total + 1;", changedLine: "  return order.sum.total + 1;", noise: "  note(K);"),
    ]

    enum Change: CaseIterable { case line, guardRemoved, both, lineAndOthers }

    /// Twelve functions, of which the seventh fails.
    private func text(_ shape: Shape, guarded: Bool, line: String, noise: Int) -> (text: String, marked: Int) {
        var (lines, marked): ([String], Int) = ([], 0)
        for index in 1...12 {
            let failing = index == 7
            lines += shape.open.replacing("NAME", with: failing ? "total" : "other\(index)").split(separator: "\n").map(
                String.init)
            lines.append(shape.noise.replacing("K", with: "\(failing ? 0 : noise)"))
            if !failing || guarded { lines.append(shape.guardLine) }
            lines.append(failing ? line : shape.line)
            if failing { marked = lines.count }
            lines += shape.close.isEmpty ? [""] : shape.close.split(separator: "\n").map(String.init) + [""]
        }
        return (lines.joined(separator: "\n") + "\n", marked)
    }

    @Test("right file ≥ 95 %, right function ≥ 85 %, guilty first ≥ 50 %, in the first three ≥ 75 %")
    func figures() async throws {
        var (cases, file, function, first, three) = (0, 0, 0, 0, 0)
        var milliseconds: [Double] = []
        for shape in Self.shapes {
            for change in Change.allCases {
                let fixture = try GitFixture()
                let decoy = shape.path.replacing("rders.", with: "ther.")
                let before = text(shape, guarded: true, line: shape.line, noise: 1)
                try fixture.commit("start", [shape.path: before.text, decoy: before.text, "README": "x"], at: day(0))
                try fixture.commit(
                    "tune", [shape.path: text(shape, guarded: true, line: shape.line, noise: 2).text], at: day(8))
                let after = text(
                    shape, guarded: change == .line || change == .lineAndOthers,
                    line: change != .guardRemoved ? shape.changedLine : shape.line,
                    noise: change == .lineAndOthers ? 3 : 2)
                let guilty = try fixture.commit("simplify", [shape.path: after.text], at: day(10))
                try fixture.commit("docs", ["README": "y"], at: day(11))
                let later = text(
                    shape, guarded: change == .line || change == .lineAndOthers,
                    line: change != .guardRemoved ? shape.changedLine : shape.line,
                    noise: 4)
                try fixture.commit("tune more", [shape.path: later.text], at: day(12))
                let session = try MirrorSession(settings: settings(fixture))
                for form in shape.forms {
                    let module = shape.name == "java" ? "com.acme.Orders" : nil
                    let frame = StackFrame(file: form, function: "total", module: module, line: later.marked)
                    let clock = ContinuousClock()
                    let start = clock.now
                    let found = await session.context(for: event(at: day(13), frames: [frame]))
                    milliseconds.append((clock.now - start).inSeconds * 1000)
                    cases += 1
                    if found.excerpts.contains(where: { $0.file == shape.path }) {
                        file += 1
                    } else {
                        print("code context: missed \(form) \(found.notes)")
                    }
                    if found.excerpts.first?.function == "total" { function += 1 }
                    if found.suspects.first?.commit == guilty { first += 1 }
                    if found.suspects.prefix(3).contains(where: { $0.commit == guilty }) { three += 1 }
                }
                await session.close()
            }
        }
        milliseconds.sort()
        print(
            "code context: \(cases) cases, file \(file), function \(function), guilty first \(first), in three \(three)"
        )
        print("code context: median \(milliseconds[cases / 2]) ms, worst \(milliseconds[cases - 1]) ms")
        #expect(cases >= 60)
        #expect(Double(file) >= 0.95 * Double(cases))
        #expect(Double(function) >= 0.85 * Double(cases))
        #expect(Double(first) >= 0.5 * Double(cases))
        #expect(Double(three) >= 0.75 * Double(cases))
    }
}
