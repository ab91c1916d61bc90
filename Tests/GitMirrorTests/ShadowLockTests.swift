import ApplianceTestSupport
import Foundation
import Glibc
import Testing

@testable import GitMirror

@Suite("What a killed process left is cleared away, and nothing else")
struct ShadowLockTests {
    private func make(_ name: String, in directory: TemporaryDirectory, age: TimeInterval, files: [String]) throws
        -> String
    {
        let path = directory.path + "/" + name
        for file in files { try directory.write(name + "/" + file, "x") }
        try FileManager.default.createDirectory(atPath: path + "/refs", withIntermediateDirectories: true)
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSinceNow: -age)], ofItemAtPath: path)
        return path
    }

    @Test("left directories go; those in use, young ones, and what is not ours stay")
    func sweep() throws {
        let directory = try TemporaryDirectory()
        defer { directory.remove() }
        let left = try make(
            "appliance-mirror-left", in: directory, age: 3600, files: ["HEAD", "config", "lock", "objects/ab/cd"])
        let young = try make("appliance-mirror-young", in: directory, age: 1, files: ["HEAD", "lock"])
        let other = try make("another-program", in: directory, age: 3600, files: ["HEAD", "lock"])
        let unlocked = try make("appliance-mirror-unlocked", in: directory, age: 3600, files: ["HEAD"])
        let used = try make("appliance-mirror-used", in: directory, age: 3600, files: ["HEAD"])
        let lock = try ShadowLock(in: used)
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSinceNow: -3600)], ofItemAtPath: used)
        let target = try make("target", in: directory, age: 3600, files: ["HEAD", "lock"])
        try FileManager.default.createSymbolicLink(
            atPath: directory.path + "/appliance-mirror-link", withDestinationPath: target)
        ShadowLock.sweep(directory.path)
        #expect(!FileManager.default.fileExists(atPath: left))
        for path in [young + "/HEAD", other + "/HEAD", unlocked + "/HEAD", used + "/HEAD", target + "/HEAD"] {
            #expect(FileManager.default.fileExists(atPath: path), "\(path)")
        }
        withExtendedLifetime(lock) {}
    }

    @Test("a directory that is held is told to whoever else wants it")
    func held() throws {
        let directory = try TemporaryDirectory()
        defer { directory.remove() }
        let lock = try ShadowLock(in: directory.path)
        #expect(throws: MirrorError.scratch(path: directory.path + "/lock", code: EEXIST)) {
            try ShadowLock(in: directory.path)
        }
        withExtendedLifetime(lock) {}
    }
}
