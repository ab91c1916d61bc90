/// The words that the kinds of change are told by. They are common to the languages, so that one table serves all.
enum Vocabulary {
    static let literals: Set<String> = [
        "true", "false", "True", "False", "TRUE", "FALSE", "null", "None", "nil", "undefined", "NULL",
    ]

    /// Parts of names that say "how long", "how often", "how many".
    static let limits: Set<String> = [
        "timeout", "timeouts", "retry", "retries", "attempts", "attempt", "limit", "limits", "max", "min", "maximum",
        "minimum", "size", "capacity", "backoff", "interval", "ttl", "deadline", "delay", "pool", "seconds", "second",
        "secs", "sec", "millis", "milliseconds", "millisecond", "ms", "minutes", "minute", "hours", "hour", "days",
        "duration", "threshold", "buffer", "batch", "page", "depth", "count", "concurrency", "workers", "threads",
        "connections", "keepalive", "expiry", "expires", "lease", "window", "rate", "quota", "wait", "idle", "max_len",
    ]

    /// Parts of names that say that a value is set, not computed with.
    static let settings: Set<String> = [
        "config", "configuration", "setting", "settings", "option", "options", "default", "defaults", "enabled",
        "enable",
        "disabled", "disable", "flag", "flags", "feature", "level", "mode", "encoding", "charset", "locale",
    ]

    /// Whether a name is made of such words, as `readTimeout`, `max_retries`, `Duration.ofSeconds` are.
    static func isLimit(_ name: String) -> Bool {
        let words = IdentifierWords.of(name)
        return words.contains(where: limits.contains) && DangerousNames.word(in: [name]) == nil
    }

    static let logs: Set<String> = [
        "log", "logger", "logging", "console", "slog", "tracing", "print", "println", "eprintln", "warn", "warning",
        "info",
        "debug", "error", "trace", "printf", "fmt", "nslog", "os_log", "logf", "errorf", "warnf", "infof", "stderr",
        "_log",
        "_logger",
    ]

    /// Marks of a null check.
    static let nulls: Set<String> = [
        "None", "null", "nil", "undefined", "NULL", "nullptr", "Optional", "optional", "orElse", "ofNullable",
        "isPresent", "getOrDefault", "unwrap_or", "unwrap_or_default", "is_none", "is_some", "hasOwnProperty", "get",
        "dig", "isNull", "nonNull", "requireNonNull", "requireNonNullElse", "Some", "setdefault", "containsKey",
        "has_key", "guard", "isEmpty", "is_empty", "compact", "compactMap", "coalesce", "isset", "empty",
        "checked_div", "checked_sub", "saturating_sub",
    ]

    /// What takes a value for given, and may go.
    static let forced: Set<String> = ["unwrap", "expect", "orElseThrow"]

    /// Words that any null check may bring: keywords and the marks above.
    static func isCommon(_ word: String) -> Bool {
        keywords.contains(word) || nulls.contains(word) || literals.contains(word) || isErrorName(word)
    }

    /// `ValueError`, `NotFoundException`.
    private static func isErrorName(_ word: String) -> Bool {
        (word.hasSuffix("Error") || word.hasSuffix("Exception")) && word.utf8.count <= 64
    }

    private static let keywords: Set<String> = [
        "if", "unless", "else", "elif", "elsif", "return", "continue", "break", "raise", "throw", "throws", "new",
        "let", "var",
        "val",
        "const", "final", "is", "not", "and", "or", "in", "then", "end", "do", "guard", "where", "Err", "Ok", "Some",
        "match",
        "as", "self", "this", "int", "string", "String", "str", "bool", "float", "double", "long", "static", "mut",
        "ref",
        "errors", "Errorf", "error", "err", "default", "typeof", "instanceof", "pass", "_",
    ]
}

/// Names that a draft never brings in, whatever the file already uses.
enum DangerousNames {
    /// The first such name among words that a change adds.
    static func word(in words: some Sequence<String>) -> String? {
        words.first { name in
            let lowered = name.lowercased()
            return whole.contains(lowered) || prefixes.contains(where: lowered.hasPrefix)
        }
    }

    /// What in a string would be a command, a link or a place outside the repository.
    static func sign(inString text: String) -> String? {
        let lowered = text.lowercased()
        if let sign = signs.first(where: lowered.contains) { return sign }
        let inner = lowered.drop { "\"'`".contains($0) }.prefix { !"\"'`".contains($0) }
        return word(in: [String(inner)])
    }

    private static let whole: Set<String> = [
        "exec", "execfile", "eval", "system", "popen", "spawn", "spawnsync", "execsync", "subprocess", "child_process",
        "fork", "vfork", "processbuilder", "shell", "shell_exec", "passthru", "proc_open", "pcntl_exec", "backtick",
        "syscall",
        "rm", "rmtree", "rmdir", "unlink", "unlinksync", "rmsync", "remove_file", "remove_dir", "remove_dir_all",
        "removeitem", "removeall", "deleterecursively", "deleteifexists", "chmod", "chown", "symlink", "mkfifo", "kill",
        "killall", "socket", "socketserver", "urlopen", "urllib", "requests", "httpclient", "urlsession",
        "xmlhttprequest",
        "websocket", "curl", "wget", "ftplib", "smtplib", "telnetlib", "netcat", "dial", "getenv", "environ", "putenv",
        "setenv", "process.env", "compile", "__import__", "importlib", "__builtins__", "globals", "ctypes", "dlopen",
        "dlsym",
        "loadlibrary", "unsafe", "transmute", "deserialize", "unserialize", "pickle", "marshal", "yaml.load",
        "classloader",
        "setaccessible", "reflect", "instance_eval", "class_eval", "define_method", "ptrace", "mprotect", "nsenter",
        "sudo",
        "drop", "truncate", "format_disk", "shutdown", "reboot", "exit", "_exit", "abort", "quit", "halt",
    ]
    private static let prefixes = ["exec_", "execv", "execl", "spawn_", "posix_spawn", "os_system"]
    private static let signs = [
        "://", "rm -", "/etc/", "/proc/", "/root", "/home/", "~/", "../", ".ssh", ".git/", "curl ", "wget ", "$(",
        "bash ",
        "sh -c", "powershell", "nc -", "/dev/", "drop table", "delete from", "javascript:", "<script", "@everyone",
        "@here",
        "import os", "process.env", "${",
    ]
}
