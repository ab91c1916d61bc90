#!/usr/bin/env bash
# Installs or upgrades the appliance from the bundle that this script lies in.
#
#   sudo ./install.sh --key /media/release.pub          the first time: the key that signed the bundle, from elsewhere
#   sudo ./install.sh                                   afterwards: the key of the first time is kept in ETC/release.pub
#   ./install.sh --key release.pub --prefix ~/appliance     without root: everything below one directory
#
#   --prefix DIR   the program (default /opt/appliance; another prefix takes DIR/home and DIR/etc, no user, no units)
#   --home DIR     its state (default /var/lib/appliance)
#   --etc DIR      its configuration (default /etc/appliance)
#   --check        only verify this bundle and the host; change nothing
#
# Verifies the signature and every file; makes the user, directories and modes; lays the release beside the one before;
# backs up the history; keeps what was edited (the new file goes beside it as FILE.new); runs `appliance doctor`, and
# goes back to the release before if that finds something broken. Running it again changes nothing.
# Exit: 0 installed, 64 usage, 65 the bundle is not what was signed, 69 the host lacks something, 74 a file could not be
# written, 75 another installation is at work, 78 doctor found something broken and all is as before.
set -euo pipefail
umask 022

bundle=$(cd "$(dirname "$0")" && pwd)
prefix=/opt/appliance home= etc= key= check=
say() { printf '%s\n' "$*"; }
fail() { local code=$1; shift; printf 'install: %s\n' "$*" >&2; exit "$code"; }
usage() { sed -n '2,18s/^# \{0,1\}//p' "$0"; }

while [ $# -gt 0 ]; do
    case $1 in
        --prefix|--home|--etc|--key)
            [ $# -ge 2 ] && [ -n "$2" ] || fail 64 "$1 wants a value"
            case $2 in /*) value=$2 ;; *) value=$PWD/$2 ;; esac
            [ "$value" = / ] || value=${value%/}
            printf -v "${1#--}" %s "$value"
            shift 2 ;;
        --check) check=yes; shift ;;
        -h|--help) usage; exit 0 ;;
        *) fail 64 "unknown option $1 (--help tells all)" ;;
    esac
done
if [ "$prefix" = /opt/appliance ]; then
    is_system=yes
    : "${home:=/var/lib/appliance}" "${etc:=/etc/appliance}"
    [ -n "$check" ] || [ "$(id -u)" = 0 ] || fail 64 "only root installs to $prefix; without root, name a --prefix"
else
    is_system=
    : "${home:=$prefix/home}" "${etc:=$prefix/etc}"
fi
# Going back restores files of ETC; the state is none of them.
case $home/ in "$etc"/*) fail 64 "--home must not lie in --etc" ;; esac
case $etc/ in "$home"/*) fail 64 "--etc must not lie in --home" ;; esac
for place in "$prefix" "$home" "$etc"; do [ -n "${place//\//}" ] || fail 64 "/ is no place for it"; done

# --- what is signed is what is here --------------------------------------------------------------------------------
for program in openssl sha256sum flock find; do
    command -v "$program" >/dev/null || fail 69 "$program is missing on this host; nothing was changed"
done
pinned=$etc/release.pub
if [ -f "$pinned" ]; then
    if [ -n "$key" ] && ! cmp -s "$key" "$pinned"; then
        fail 65 "$key is not the key that this site trusts ($pinned); to trust another one, remove that file first"
    fi
    key=$pinned
fi
[ -n "$key" ] || fail 64 "name the public key that the bundle must be signed with: --key release.pub"
[ -f "$key" ] || fail 64 "there is no key at $key"
for file in SHA256SUMS SHA256SUMS.sig VERSION bin/appliance; do
    [ -f "$bundle/$file" ] || fail 65 "$file is missing in the bundle; nothing was changed"
done
openssl pkeyutl -verify -rawin -pubin -inkey "$key" -in "$bundle/SHA256SUMS" -sigfile "$bundle/SHA256SUMS.sig" \
    >/dev/null 2>&1 || fail 65 "SHA256SUMS is not signed with $key; nothing was changed"
(cd "$bundle" && sha256sum --quiet --strict -c SHA256SUMS) >&2 ||
    fail 65 "files are not what was signed (named above); nothing was changed"
# A file that nobody signed, and a link that leads elsewhere, would be copied along.
extra=$(cd "$bundle" && find . -mindepth 1 ! -type d ! -name 'SHA256SUMS' ! -name 'SHA256SUMS.sig' -printf '%P\n' |
    LC_ALL=C sort | LC_ALL=C comm -23 - <(cut -c67- SHA256SUMS | LC_ALL=C sort))
[ -z "$extra" ] || fail 65 "not signed, and so nothing of this bundle: $(printf '%s' "$extra" | head -3 | tr '\n' ' ')"
odd=$(cd "$bundle" && find . -mindepth 1 ! -type d ! -type f -printf '%P\n' | head -1)
[ -z "$odd" ] || fail 65 "$odd is no plain file; nothing was changed"
version=$(cat "$bundle/VERSION")
case $version in ''|*[!A-Za-z0-9.+-]*) fail 65 "VERSION holds no version" ;; esac
say "verified    appliance $version, signed with $key"

# --- what the host has ---------------------------------------------------------------------------------------------
missing=$({ ldd "$bundle/bin/appliance" 2>/dev/null || true; } | awk '/not found/ { print $1 }')
if [ -n "$missing" ]; then
    for library in $missing; do
        say "missing     $(grep -F "$library" "$bundle/LIBRARIES" 2>/dev/null | head -1 || echo "$library")" >&2
    done
    fail 69 "install these libraries first (Debian's packages are named above); nothing was changed"
fi
command -v git >/dev/null || say "warning     git is missing: no code context until it is installed" >&2
if [ -n "$check" ]; then
    say "fine        nothing was changed"
    exit 0
fi

# --- who and where -------------------------------------------------------------------------------------------------
as_appliance() { "$@"; }
if [ -n "$is_system" ]; then
    getent group appliance >/dev/null || groupadd --system appliance
    getent passwd appliance >/dev/null ||
        useradd --system --gid appliance --home-dir "$home" --no-create-home --shell /usr/sbin/nologin appliance
    as_appliance() { runuser -u appliance -- "$@"; }
fi
owned() { [ -z "$is_system" ] || chown "$1" "${@:2}"; }
mkdir -p "$prefix/releases" "$etc/prompts" || fail 74 "cannot make $prefix"
exec 9>"$prefix/.install.lock"
flock -n 9 || fail 75 "another installation is at work in $prefix"
mkdir -p "$home" "$home/backups" "$etc/credentials"
chmod 0755 "$prefix" "$prefix/releases"
chmod 0700 "$home" "$home/backups" "$etc/credentials"
owned appliance:appliance "$home" "$home/backups"
[ -f "$pinned" ] || install -m 0644 "$key" "$pinned"

# --- the state before ----------------------------------------------------------------------------------------------
release=$version-$(sha256sum <"$bundle/SHA256SUMS" | cut -c1-12)
before=$(readlink "$prefix/current" 2>/dev/null || true)
run() { as_appliance env APPLIANCE_HOME="$home" LLVM_PROFILE_FILE=/dev/null "$1" "${@:2}" --config "$etc"; }
stamp=$(date -u +%Y%m%dT%H%M%SZ)
keep=$prefix/.before
rm -rf "$keep"
cp -a "$etc" "$keep"
stopped=() placed=()
if [ -n "$is_system" ] && [ -d /run/systemd/system ] && [ "$before" != "releases/$release" ]; then
    for unit in appliance-watch.service appliance-serve.service appliance-relay.service; do
        if systemctl is-active --quiet "$unit"; then systemctl stop "$unit"; stopped+=("$unit"); fi
    done
fi
restart() { [ ${#stopped[@]} = 0 ] || systemctl start "${stopped[@]}"; }
back() {
    local code=$?
    trap - EXIT
    [ "$code" != 0 ] || return 0
    say "going back  ${before:-to nothing installed}" >&2
    rm -rf "$prefix/.new" "$prefix/.link"
    if [ -n "$before" ]; then
        ln -sfn "$before" "$prefix/.link" && mv -T "$prefix/.link" "$prefix/current"
    else
        rm -f "$prefix/current"
    fi
    if [ "$before" != "releases/$release" ]; then rm -rf "${prefix:?}/releases/$release"; fi
    for name in "${placed[@]}"; do
        for file in "$name" "$name.new"; do
            if [ -e "$keep/$file" ]; then cp -a "$keep/$file" "$etc/$file"; else rm -f "$etc/$file"; fi
        done
    done
    if [ -e "$keep/.shipped" ]; then cp -a "$keep/.shipped" "$etc/.shipped"; else rm -f "$etc/.shipped"; fi
    rm -rf "$keep"
    restart
    exit "$code"
}
trap back EXIT

if [ -n "$before" ] && [ "$before" != "releases/$release" ] && [ -f "$home/history.sqlite" ]; then
    backup=$home/backups/history-$stamp-before-$version.sqlite
    run "$prefix/current/bin/appliance" history backup "$backup" --quiet 2>/dev/null ||
        fail 74 "the history could not be backed up to $backup; nothing was changed"
    say "backed up   $backup"
fi

# --- the release ---------------------------------------------------------------------------------------------------
if ! (cd "$prefix/releases/$release" 2>/dev/null && sha256sum --quiet --strict -c SHA256SUMS >/dev/null 2>&1); then
    rm -rf "$prefix/.new" "${prefix:?}/releases/$release"
    cp -r "$bundle" "$prefix/.new"
    owned -R root:root "$prefix/.new"
    chmod -R u=rwX,go=rX "$prefix/.new"
    # Once more: what was copied, not what the medium showed a moment ago.
    (cd "$prefix/.new" && [ "$(sha256sum <SHA256SUMS | cut -c1-12)" = "${release##*-}" ] &&
        sha256sum --quiet --strict -c SHA256SUMS) >&2 || fail 65 "the bundle changed while it was copied"
    sync "$prefix/.new/bin/appliance"
    mv -T "$prefix/.new" "$prefix/releases/$release"
    say "laid down   $prefix/releases/$release"
fi

# --- what can be edited: kept where it was, the new one beside it ----------------------------------------------------
shipped=$etc/.shipped
touch "$shipped"
place() {
    local name=$1 new=$prefix/releases/$release/etc/$1 target=$etc/$1 sum
    placed+=("$name")
    sum=$(sha256sum <"$new" | cut -d' ' -f1)
    if ! [ -e "$target" ]; then
        install -m 0640 "$new" "$target"
        say "written     $target"
    elif cmp -s "$new" "$target"; then
        rm -f "$target.new"
    elif grep -qxF "$(sha256sum <"$target" | cut -d' ' -f1)  $name" "$shipped"; then
        install -m 0640 "$new" "$target"
        rm -f "$target.new"
        say "renewed     $target (it was never edited)"
    else
        if ! cmp -s "$new" "$target.new" 2>/dev/null; then say "kept        $target; the new one is $name.new"; fi
        install -m 0640 "$new" "$target.new"
    fi
    grep -qxF "$sum  $name" "$shipped" || printf '%s  %s\n' "$sum" "$name" >>"$shipped"
}
for name in appliance.toml models.conf prompts/diagnose.md prompts/repair.md prompts/fix.md; do place "$name"; done
for file in "$prefix/releases/$release"/etc/prompts/*.md; do
    case ${file##*/} in diagnose.md|repair.md|fix.md) ;; *) place "prompts/${file##*/}" ;; esac
done
owned -R root:appliance "$etc"
find "$etc" -type d ! -name credentials -exec chmod 0750 {} +
owned -R root:root "$etc/credentials"
find "$etc/credentials" -type f -exec chmod 0600 {} +
[ -n "$is_system" ] || chmod 0644 "$pinned"

# --- the switch, and whether it holds --------------------------------------------------------------------------------
ln -sfn "releases/$release" "$prefix/.link"
mv -T "$prefix/.link" "$prefix/current"
if ! doctor=$(run "$prefix/current/bin/appliance" doctor 2>&1); then
    printf '%s\n' "$doctor" >&2
    fail 78 "doctor found something broken"
fi
trap - EXIT
rm -rf "$keep"

# --- where people and systemd look -----------------------------------------------------------------------------------
link() { mkdir -p "${2%/*}" && ln -sfn "$1" "$2"; }
share=$prefix/share
[ -z "$is_system" ] || share=/usr/local/share
current=$prefix/current
link "$current/completions/appliance.bash" "$share/bash-completion/completions/appliance"
link "$current/completions/appliance.zsh" "$share/zsh/site-functions/_appliance"
link "$current/completions/appliance.fish" "$share/fish/vendor_completions.d/appliance.fish"
for page in "$current"/man/*.1; do link "$page" "$share/man/man1/${page##*/}"; done
if [ -n "$is_system" ]; then
    link "$current/bin/appliance" /usr/local/bin/appliance
    for unit in "$current"/systemd/*; do install -m 0644 "$unit" "/etc/systemd/system/${unit##*/}"; done
    [ ! -d /run/systemd/system ] || systemctl daemon-reload
    restart
else
    for name in appliance.toml models.conf prompts; do [ -e "$home/$name" ] || link "$etc/$name" "$home/$name"; done
    mkdir -p "$prefix/bin"
    printf '#!/bin/sh\nexport APPLIANCE_HOME="${APPLIANCE_HOME:-%s}"\nexec "%s/bin/appliance" "$@"\n' "$home" "$current" \
        >"$prefix/bin/appliance.new"
    chmod 0755 "$prefix/bin/appliance.new"
    mv -T "$prefix/bin/appliance.new" "$prefix/bin/appliance"
fi

# Three releases are kept: this one, the one before, and the newest of the others.
others=0
for old in $(ls -1t "$prefix/releases"); do
    case $old in "$release"|"${before#releases/}") continue ;; esac
    others=$((others + 1))
    [ $others -le 1 ] || rm -rf "${prefix:?}/releases/$old"
done
if [ "$before" = "releases/$release" ]; then
    say "unchanged   appliance $version was installed already"
else
    say "installed   appliance $version in $prefix, state in $home, configuration in $etc"
fi
[ -n "$before" ] || say "next        name your logs in $etc/appliance.toml, then: ${share%/share}/bin/appliance doctor"
