import Testing

@testable import Diagnosing

@Suite("What travels beside a model")
struct CarriedFilesTests {
    static let sum = String(repeating: "ab", count: 32)
    static let other = String(repeating: "cd", count: 32)

    @Test(
        "lists of sums, as three programs write them",
        arguments: [
            ("\(sum)  m.gguf\n", "m.gguf", nil), ("\(sum) *m.gguf\n", "m.gguf", nil),
            ("\(sum)        1234  m.gguf\n", "m.gguf", 1234), ("\(sum)\n", "anything", nil),
            ("# model\n\n\(sum.uppercased())  ./m.gguf\n", "m.gguf", nil), ("\(sum)  7 b.gguf\n", "7 b.gguf", nil),
            ("\(sum)  /media/stick/m.gguf\n", "m.gguf", nil),
            ("\(sum)  m.gguf\r\n\(other)  n.gguf\r\n", "m.gguf", nil),
        ] as [(String, String, Int?)])
    func lists(text: String, file: String, size: Int?) throws {
        let list = try #require(CarryList(text))
        let entry = try #require(list[file])
        #expect(entry.sum == Self.sum && entry.size == size)
    }

    @Test(
        "what is no list, or says two things, is none",
        arguments: [
            "", "\n", "m.gguf\n", "\(sum.dropLast())  m.gguf", "\(sum)x m.gguf", "\(sum)  m\n\(other)  m\n",
            "\(sum)  m\nnonsense\n", "\(String(repeating: "é", count: 64))  m",
        ])
    func noLists(text: String) { #expect(CarryList(text) == nil) }

    @Test("a file that is not named has no sum")
    func unlisted() throws {
        let list = try #require(CarryList("\(Self.sum)  m.gguf"))
        #expect(list["n.gguf"] == nil)
    }

    private func manifest(_ layers: [(String, String)]) -> [UInt8] {
        let texts = layers.map { #"{"mediaType":"\#($0.0)","digest":"\#($0.1)","size":1}"# }
        return Array(#"{"schemaVersion":2,"layers":[\#(texts.joined(separator: ","))]}"#.utf8)
    }

    @Test("a manifest's parts, each by its kind")
    func parts() throws {
        let kinds = ["model", "template", "license", "params", "system"]
        let bytes = manifest(kinds.map { ("application/vnd.ollama.image.\($0)", "sha256:\(Self.sum)") })
        let found = try #require(CarriedManifest(bytes))
        #expect(found.parts.map(\.kind.rawValue) == kinds)
        #expect(found.parts.filter(\.kind.isFile).count == 1)
    }

    @Test(
        "a manifest that is none, names a path, or holds what is not known is refused",
        arguments: [
            [], [("application/vnd.ollama.image.template", "sha256:\(sum)")],
            [("application/vnd.ollama.image.model", "sha256:../../etc/passwd")],
            [("application/vnd.ollama.image.model", "sha256:\(sum)  x")], [("text/x-shellscript", "sha256:\(sum)")],
            [
                ("application/vnd.ollama.image.model", "sha256:\(sum)"),
                ("application/vnd.ollama.image.run", "sha256:\(sum)"),
            ],
            [
                ("application/vnd.ollama.image.model", "sha256:\(sum)"),
                ("application/vnd.ollama.image.model", "sha256:\(other)"),
            ],
        ] as [[(String, String)]])
    func noManifests(layers: [(String, String)]) { #expect(CarriedManifest(manifest(layers)) == nil) }

    @Test(
        "names that Ollama takes",
        arguments: [
            ("qwen2.5-coder:7b", "qwen2.5-coder:7b"), ("qwen", "qwen:latest"), ("kim/tiny_1", "kim/tiny_1:latest"),
            ("registry.local/kim/tiny:x", "registry.local/kim/tiny:x"),
        ])
    func names(text: String, whole: String) throws { #expect(try ModelName(text).whole == whole) }

    @Test(
        "what is no name, an option or a way out of a folder",
        arguments: [
            "", ":", "a:", ":b", "a:b:c", "-x", "a/../b", "../a", "/a", "a//b", "a/b/c/d", "a b", "a\nb", "ä", "a:-b",
            String(repeating: "a", count: 300),
        ])
    func noNames(text: String) { #expect(throws: ModelFileError.noName(text)) { try ModelName(text) } }

    @Test(
        "a file's name becomes a model's",
        arguments: [("Qwen2.5 Coder (7B).Q4_K_M.gguf", "qwen2.5-coder--7b-.q4_k_m"), ("--x.GGUF", "x"), ("m", "m")])
    func fileNames(file: String, name: String) throws { #expect(try ModelName(file: file).description == name) }

    @Test("a recipe is one JSON object, whatever its texts hold")
    func recipe() throws {
        var recipe = ModelRecipe(name: try ModelName("m"), files: ["b.gguf": Self.other, "a.gguf": Self.sum])
        recipe.template = "{{ .Prompt }}\n\"\\"
        recipe.licenses = ["MIT"]
        let taken = [
            recipe.take(parameters: #"{"stop":["x"]}"#), recipe.take(parameters: "[1]"), recipe.take(messages: "{}"),
            recipe.take(parameters: #"{"a":1},"from":"x""#),
        ]
        #expect(taken == [true, false, false, false])
        let value = try #require(JSONText(Array(recipe.json.utf8)))
        #expect(value["files"]?["a.gguf"]?.string == "sha256:\(Self.sum)")
        #expect(value["template"]?.string == recipe.template && value["from"] == nil)
    }
}
