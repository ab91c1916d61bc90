import Events
import Foundation
import Testing

@testable import Delivery

@Suite("The JSON report keeps to its documented schema")
struct ReportSchemaTests {
    /// Python's jsonschema is an authority that is not ours.
    static let hasValidator = run(["-c", "import jsonschema"], input: Data()) == ""

    private static func run(_ arguments: [String], input: Data) -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3"] + arguments
        let (stdin, output) = (Pipe(), Pipe())
        (process.standardInput, process.standardOutput, process.standardError) = (stdin, output, output)
        do { try process.run() } catch { return "\(error)" }
        stdin.fileHandleForWriting.write(input)
        try? stdin.fileHandleForWriting.close()
        let said = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return process.terminationStatus == 0 ? said : "status \(process.terminationStatus) \(said)"
    }

    static let checker = """
        import json, sys, jsonschema
        schema = json.load(open(sys.argv[1]))
        jsonschema.Draft202012Validator.check_schema(schema)
        for error in jsonschema.Draft202012Validator(schema).iter_errors(json.load(sys.stdin)):
            print("/".join(map(str, error.absolute_path)), error.message[:200])
        """

    static let schema = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../../docs/schemas/report.schema.json").standardizedFileURL.path

    static let reports: [Report] = {
        var compared = Sample.morning
        compared.layout = ReportLayout(service: "s", atLeast: .low, groupBy: .release, language: .korean)
        compared.comparison = ReportComparison(
            of: compared.groups, with: [Sample.grown], before: compared.window.before)
        compared.notices = ["n"]
        compared.maintenance = [Maintenance(service: "*", start: Sample.end, end: nil)]
        return [Sample.morning, compared, Sample.hostileReport("\u{202E}<b>"), Sample.report([])]
    }()

    @Test(
        "every kind of report", .enabled(if: hasValidator, "python3 with jsonschema is not here"),
        arguments: 0..<reports.count)
    func valid(index: Int) throws {
        let document = try JSONReport.render(Self.reports[index])
        #expect(Self.run(["-c", Self.checker, Self.schema], input: document) == "")
    }

    @Test("a document of another form is refused", .enabled(if: hasValidator, "python3 with jsonschema is not here"))
    func refuses() throws {
        var text = String(decoding: try JSONReport.render(Sample.morning), as: UTF8.self)
        text = text.replacing("\"severity\" : \"critical\"", with: "\"severity\" : \"dreadful\"")
        #expect(Self.run(["-c", Self.checker, Self.schema], input: Data(text.utf8)).contains("dreadful"))
    }
}
