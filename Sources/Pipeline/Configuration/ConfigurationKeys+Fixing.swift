import Events
import Fixing

extension ConfigurationKeys {
    static let fixing: [ConfigurationKey<FixingSettings>] = [
        .init("auto_draft", \.autoDraft, "The batch makes fix drafts by itself."),
        .init("dry_run", \.dryRun, "Make and check drafts, but keep and send none."),
        .init(
            "min_confidence", \.minConfidence,
            "Diagnoses that are less sure become no draft: 80 is HIGH, from 50 on MEDIUM; LOW never.",
            check: within(FixingSettings.leastConfidence...100)),
        .init("drafts_a_day", \.draftsADay, "Most drafts in 24 hours.", check: within(0...100)),
        .init("max_files", \.maxFiles, "Most files that a draft changes.", check: within(1...20)),
        .init("max_lines", \.maxLines, "Most lines that a draft adds and removes.", check: within(1...500)),
        .init("kinds", \.kinds, "What a draft may be: value, limit, null_check, logging."),
        .init("allowed_paths", \.allowedPaths, "Paths or names that a draft may change, with * and ?."),
        .init(
            "forbidden_paths", \.forbiddenPaths,
            "Paths or names that it may not, beside authentication, cryptography, payments, schemas, CI, builds, locks."
        ),
        .init(
            "bundle", \.bundle,
            "The git bundle: thin (for repositories that have the base), whole (all history, can be cloned) or none."),
        .init("tools", \.tools, "Folders of programs that tests need; readable in the sandbox, their bin in PATH.") {
            let isUsable = $0.allSatisfy {
                $0.hasPrefix("/") && $0.utf8.count > 1 && !$0.contains(where: { ":\n".contains($0) })
            }
            return isUsable ? nil : "absolute paths of folders, without colons"
        },
        .init(
            "test_time", \.limits.time, "Longest time of one run of the tests.",
            check: within(.seconds(1) ... .hours(6))),
        .init("test_memory_mb", \.limits.megabytes, "Memory of one run, in MB.", check: within(64...1_000_000)),
        .init(
            "test_disk_mb", \.limits.diskMegabytes, "Size of its work tree, in memory.", check: within(16...1_000_000)),
        .init("test_processes", \.limits.processes, "Most processes of one run.", check: within(8...100_000)),
    ]
}

extension SandboxLimits {
    fileprivate var megabytes: Int {
        get { memory >> 20 }
        set { memory = newValue << 20 }
    }

    fileprivate var diskMegabytes: Int {
        get { disk >> 20 }
        set { disk = newValue << 20 }
    }
}
