import Foundation

/// The shell scripts that build the walls and run a command inside them. Values reach them through the environment
/// alone, so that none is ever read as a part of a script.
enum SandboxScript {
    static let systemFolders = ["usr", "bin", "sbin", "lib", "lib32", "lib64", "libx32"]

    /// What programs need of /etc, and what holds no secret.
    static func systemFiles() -> [String] {
        let fixed = ["alternatives", "ld.so.cache", "ld.so.conf", "ld.so.conf.d"]
        // Debian's Java keeps its settings there.
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/etc")) ?? []
        return fixed
            + names.filter { $0.hasPrefix("java-") && $0.allSatisfy { $0.isLetter || $0.isNumber || $0 == "-" } }
            .sorted()
    }

    /// Runs as the root of its own user namespace: makes a new root of read-only system folders, leaves the old one for
    /// good, gives up every right, and becomes nobody in a second user namespace, the last that is allowed.
    static let walls = """
        set -eu
        umask 022
        root=/tmp
        mount --make-rprivate / 2>/dev/null || true
        mount -t tmpfs -o size=1m,mode=755,nosuid,nodev tmpfs $root
        cd $root
        mkdir old proc dev etc work tmp
        bind() {
            mkdir -p ".${1%/*}"
            if [ -d "$1" ]; then mkdir -p ".$1"; elif [ -f "$1" ]; then : > ".$1"; else return 0; fi
            mount --bind "$1" ".$1"
            mount -o remount,bind,ro,nosuid,nodev ".$1"
        }
        for name in $DRAFT_FOLDERS; do
            if [ -h /$name ]; then cp -P /$name $name; else bind /$name; fi
        done
        for name in $DRAFT_FILES; do bind /etc/$name; done
        printf '%s\\n' "$DRAFT_TOOLS" | while IFS= read -r tool; do [ -z "$tool" ] || bind "$tool"; done
        mount -t tmpfs -o size=$DRAFT_DISK,mode=777,nosuid,nodev tmpfs work
        mount -t tmpfs -o size=$DRAFT_DISK,mode=1777,nosuid,nodev tmpfs tmp
        mount -t tmpfs -o size=1m,mode=755,nosuid tmpfs dev
        mkdir dev/shm
        mount -t tmpfs -o size=64m,mode=1777,nosuid,nodev tmpfs dev/shm
        for name in null zero full random urandom; do : > dev/$name; mount --bind /dev/$name dev/$name; done
        ln -s /proc/self/fd dev/fd
        ln -s /proc/self/fd/0 dev/stdin
        ln -s /proc/self/fd/1 dev/stdout
        ln -s /proc/self/fd/2 dev/stderr
        echo 'nobody:x:65534:65534::/tmp:/bin/sh' > etc/passwd
        echo 'nogroup:x:65534:' > etc/group
        echo 'hosts: files' > etc/nsswitch.conf
        echo '127.0.0.1 localhost' > etc/hosts
        mount -t proc -o nosuid,nodev,noexec proc proc
        echo 1 > proc/sys/user/max_user_namespaces
        pivot_root . old
        cd /
        umount -l old
        rmdir old
        mount -o remount,bind,ro,nosuid,nodev /
        cd /work
        exec unshare --user --map-user=65534 --map-group=65534 \\
            setpriv --no-new-privs --inh-caps=-all --bounding-set=-all /bin/sh -c "$DRAFT_INSIDE"
        """

    /// Runs inside: unpacks the tree, sets the limits, runs the command.
    static let inside = """
        cd /work && tar -xf - --no-same-owner --no-same-permissions || exit 125
        command=$DRAFT_COMMAND limits=$DRAFT_LIMITS
        unset DRAFT_COMMAND DRAFT_LIMITS DRAFT_DISK DRAFT_TOOLS DRAFT_FILES DRAFT_FOLDERS DRAFT_INSIDE
        exec prlimit $limits nice -n 10 /bin/sh -c "$command" < /dev/null 2>&1
        """
}
