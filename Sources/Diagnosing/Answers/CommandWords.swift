/// Commands of a shell that change something, as prose may hold them: what a model recommends is read by people, and
/// a command is copied sooner than it is understood.
enum CommandWords {
    /// A tool and the verbs with which it changes something; without verbs, any option or path after it tells that it
    /// is meant to be run.
    private static let tools: [Substring: Set<Substring>] = [
        "kubectl": ["delete", "apply", "exec", "run", "scale", "drain", "edit", "patch", "cordon", "replace"],
        "oc": ["delete", "apply", "exec", "scale", "patch"],
        "helm": ["uninstall", "install", "upgrade", "rollback", "delete"],
        "docker": ["run", "exec", "rm", "rmi", "kill", "stop", "load", "pull", "push"],
        "podman": ["run", "exec", "rm", "rmi", "kill", "stop", "load", "pull"],
        "systemctl": ["stop", "disable", "mask", "kill", "reboot", "poweroff", "isolate"],
        "git": ["push", "reset", "clean", "filter-branch"],
        "terraform": ["destroy", "apply"], "ansible": [], "ansible-playbook": [],
        "apt": ["install", "remove", "purge"], "apt-get": ["install", "remove", "purge"], "yum": ["install", "remove"],
        "dnf": ["install", "remove"], "pip": ["install"], "pip3": ["install"], "npm": ["install", "exec"],
        "npx": [], "gem": ["install"], "cargo": ["install"], "go": ["install"], "brew": ["install"],
        "redis-cli": ["flushall", "flushdb", "config", "del", "shutdown"],
        "aws": ["delete", "terminate"], "gcloud": ["delete"], "az": ["delete"],
        "rm": [], "mv": [], "dd": [], "chmod": [], "chown": [], "kill": [], "killall": [], "pkill": [], "crontab": [],
        "shutdown": [], "reboot": [], "halt": [], "poweroff": [], "umount": [], "mkfs": [], "fdisk": [], "useradd": [],
        "usermod": [], "userdel": [], "passwd": [], "iptables": [], "nft": [], "ufw": [], "scp": [], "rsync": [],
        "ssh": [], "nc": [], "ncat": [], "socat": [], "telnet": [], "bash": [], "sh": [], "zsh": [], "python": [],
        "python3": [], "perl": [], "ruby": [], "node": [], "schtasks": [], "reg": [], "bitsadmin": [],
    ]

    /// Words of one text that are looked at.
    private static let maximumWords = 400

    /// - Parameter text: in lower case.
    static func stand(in text: String) -> Bool {
        let words = text.split(maxSplits: maximumWords) { " \n\t`;&$(){}\"'".contains($0) }.prefix(maximumWords)
        for (tool, argument) in zip(words, words.dropFirst()) {
            let name = tool.split(separator: "/").last ?? tool
            guard let verbs = tools[name] else { continue }
            if verbs.contains(argument.prefix { $0.isLetter || $0 == "-" }) { return true }
            if verbs.isEmpty, argument.first == "-" || (argument.first == "/" && argument.count > 1) { return true }
        }
        return false
    }
}
