#!/usr/bin/env bash
# Makes the installation bundle: deploy/bundle/make.sh BINARY OUTPUT-DIRECTORY
#
# appliance-VERSION-linux-ARCHITECTURE.tar.gz with everything that a host without a network needs, its SHA-256 and its
# Ed25519 signature beside it. Inside, SHA256SUMS names every file and SHA256SUMS.sig signs it; install.sh checks both.
#
# APPLIANCE_SIGNING_KEY names the private key (PEM); without it, one is made in OUTPUT-DIRECTORY/release.key and kept.
# Its public half, release.pub, goes to the sites once, by another way than the bundles: install.sh --key release.pub
set -euo pipefail
[ $# = 2 ] || { sed -n '2,9s/^# \{0,1\}//p' "$0" >&2; exit 64; }
binary=$1 output=$2
here=$(cd "$(dirname "$0")/../.." && pwd)
export LLVM_PROFILE_FILE=${LLVM_PROFILE_FILE:-/dev/null}
umask 022
mkdir -p "$output"
output=$(cd "$output" && pwd)

version=$("$binary" --version)
name=appliance-$version-linux-$(uname -m)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
bundle=$work/$name
mkdir -p "$bundle"/{bin,etc,completions,man}

install -m 755 "$binary" "$bundle/bin/appliance"
install -m 755 "$here/deploy/install.sh" "$bundle/install.sh"
echo "$version" >"$bundle/VERSION"

# What can be edited, in the form that `init` writes.
"$binary" init --quiet --home "$work/home"
cp "$work/home/appliance.toml" "$bundle/etc/appliance.toml"
"$binary" relay --example >"$bundle/etc/relay.toml"
cp "$here/models.conf" "$bundle/etc/models.conf"
cp -r "$here/prompts" "$bundle/etc/prompts"
[ ! -d "$here/deploy/models" ] || cp -r "$here/deploy/models" "$bundle/models"

cp -r "$here/deploy/systemd" "$bundle/systemd"
for part in kubernetes slurm shards observability; do
    [ ! -d "$here/deploy/$part" ] || cp -r "$here/deploy/$part" "$bundle/$part"
done
mkdir -p "$bundle/containers"
cp "$here/docker-compose.yml" "$here/deploy/compose.gpu.yml" "$here/deploy/Dockerfile" "$bundle/containers/"
install -m 755 "$here/deploy/mirror-sync" "$bundle/bin/mirror-sync"
cp -r "$here/docs" "$bundle/docs"
cp "$here/README.md" "$bundle/README.md"

for shell in bash zsh fish; do
    "$binary" --generate-completion-script "$shell" >"$bundle/completions/appliance.$shell"
done
python3 "$here/deploy/bundle/manual.py" "$binary" "$bundle/man"
python3 "$here/deploy/bundle/bill.py" "$bundle/bin/appliance" "$version" "$here/Package.resolved" \
    "$here/.build/checkouts" "$bundle"

key=${APPLIANCE_SIGNING_KEY:-$output/release.key}
if ! [ -f "$key" ]; then
    (umask 077; openssl genpkey -algorithm ed25519 -out "$key")
    echo "made a signing key: $key; keep it, and away from the sites" >&2
fi
openssl pkey -in "$key" -pubout -out "$output/release.pub"

chmod -R u=rwX,go=rX "$bundle"
(cd "$bundle" && find . -type f ! -name 'SHA256SUMS*' -printf '%P\0' | LC_ALL=C sort -z |
    xargs -0 sha256sum >SHA256SUMS)
openssl pkeyutl -sign -rawin -inkey "$key" -in "$bundle/SHA256SUMS" -out "$bundle/SHA256SUMS.sig"

# The same content gives the same bytes.
epoch=${SOURCE_DATE_EPOCH:-$(git -C "$here" log -1 --format=%ct 2>/dev/null || echo 0)}
archive=$output/$name.tar.gz
tar -C "$work" --sort=name --mtime="@$epoch" --owner=0 --group=0 --numeric-owner -cf - "$name" | gzip -n -6 >"$archive"
(cd "$output" && sha256sum "$name.tar.gz" >"$name.tar.gz.sha256")
# One-shot Ed25519 reads its input whole: what is signed is the sum, which names the archive.
openssl pkeyutl -sign -rawin -inkey "$key" -in "$archive.sha256" -out "$archive.sha256.sig"

# What apt would bring for these packages where nothing is installed yet.
needed() {
    xargs -r apt-get install --simulate --no-install-recommends -o Dir::State::status=/dev/null 2>/dev/null |
        sed -n 's/^Inst \([^ :]*\).*/\1/p' | LC_ALL=C sort -u
}

# What the smallest Debian has: the packages of priority "required", and what they need.
always_there() {
    # Without the last, apt takes the other way to the same, which needs Perl.
    { dpkg-query -W -f '${Package} ${Priority}\n' | sed -n 's/ required$//p'; echo usr-is-merged; } | needed
}

# What packages need in the version of their own: a site of an earlier point release has another.
in_their_version() {
    xargs -r apt-cache show --no-all-versions | sed -nE 's/^(Pre-)?Depends: //p' | tr ',|' '\n\n' |
        sed -nE 's/^ *([^ :]+)(:any)? \(= .*/\1/p'
}

# These packages and what they need, without what is always there. As they are, where there is no apt.
with_what_they_need() {
    local names
    names=$(LC_ALL=C sort -u)
    if command -v apt-get && command -v dpkg-query; then
        names=$({ needed <<<"$names"; printf '%s\n' "$names"; } | LC_ALL=C sort -u | LC_ALL=C comm -23 - <(always_there))
        names=$({ in_their_version <<<"$names"; printf '%s\n' "$names"; } | LC_ALL=C sort -u)
    fi >/dev/null
    printf '%s\n' "$names"
}

# What to bring, with sizes in bytes; packages are those of this host's release, "?" where apt does not say.
{
    for file in "$name.tar.gz" "$name.tar.gz.sha256" "$name.tar.gz.sha256.sig" release.pub; do
        printf '%12d  %s\n' "$(wc -c <"$output/$file")" "$file"
    done
    # A library that no package owns is named by its path there, and apt refuses paths.
    packages=$( (awk -F'\t' '!/^#/ && $2 !~ /\// { print $2 }' "$bundle/LIBRARIES"; printf '%s\n' git openssl bubblewrap) | sort -u)
    packages=$(printf '%s\n' "$packages" | with_what_they_need)
    # shellcheck disable=SC2086  # names of packages hold no space
    { command -v apt-cache >/dev/null && apt-cache show --no-all-versions $packages 2>/dev/null || true; } |
        awk -v packages="$packages" '
            /^Package:/ { name = $2 }
            /^Size:/ { size[name] = $2 }
            END {
                count = split(packages, names, "\n")
                for (i = 1; i <= count; i++)
                    printf "%12s  %s (Debian package, where the site lacks it)\n", names[i] in size ? size[names[i]] : "?", names[i]
            }'
    printf '%12s  %s\n' '' 'a model: models/carry MODEL DIRECTORY prints its own list' '' 'mirrors: bin/mirror-sync writes their bundles'
} >"$output/CARRY-LIST"
echo "$archive"
