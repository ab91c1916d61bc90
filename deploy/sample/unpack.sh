#!/bin/sh
# Unpacks sample.tar.gz into TARGET so that the sample ends at END: every time in it is moved by the same number
# of whole seconds. Needs tar, gzip, git and any awk.
set -eu

usage() {
    echo "usage: unpack.sh TARGET [END]" >&2
    echo "  TARGET  a folder that does not exist yet, or is empty" >&2
    echo "  END     RFC 3339 in UTC (2026-11-20T21:00:00Z) or seconds since 1970; default: now" >&2
    exit 64
}

fail() {
    echo "unpack.sh: $1" >&2
    exit "$2"
}

[ $# -ge 1 ] && [ $# -le 2 ] && [ -n "$1" ] || usage
LC_ALL=C
TZ=UTC0
export LC_ALL TZ
umask 077
here=$(cd "$(dirname "$0")" && pwd)
case $1 in
-*) target=./${1%/} ;;
*) target=${1%/} ;;
esac
[ -n "$target" ] || usage
end=${2:-$(date +%s)}
for tool in tar gzip git awk; do
    command -v "$tool" >/dev/null || fail "$tool is missing: install it" 69
done
[ -r "$here/sample.tar.gz" ] || fail "$here/sample.tar.gz is missing: make it with make_sample.py" 66
if [ -e "$target" ] && ! rmdir "$target" 2>/dev/null; then
    fail "$target is not an empty folder: remove it first" 74
fi

# Days and times by arithmetic: not every awk has strftime and mktime.
calendar='
function days(year, month, day,    y) {
    month += 0; y = month <= 2 ? year - 1 : year + 0
    return 365 * y + int(y / 4) - int(y / 100) + int(y / 400) \
        + int((153 * ((month + 9) % 12) + 2) / 5) + day - 719469
}
function date_of(number,    z, era, e, y, d, m) {
    z = number + 719468; era = int(z / 146097); e = z - era * 146097
    y = int((e - int(e / 1460) + int(e / 36524) - int(e / 146096)) / 365)
    d = e - (365 * y + int(y / 4) - int(y / 100)); m = int((5 * d + 2) / 153)
    d = d - int((153 * m + 2) / 5) + 1; m = m < 10 ? m + 3 : m - 9
    y = y + era * 400 + (m <= 2)
    return sprintf("%04d-%02d-%02d", y, m, d)
}
function clock(second) {
    return sprintf("%02d:%02d:%02d", int(second / 3600), int(second / 60) % 60, second % 60)
}'

# Placeholders: @@SECONDS@@ or @@SECONDS.FRACTION@@ is END less SECONDS, plus the fraction;
# @@mark:REPOSITORY:NUMBER@@ is the id of a commit.
render='
BEGIN {
    while (marks != "" && (getline row < marks) > 0) { split(row, field, " "); commit[field[1]] = field[2] }
}
function time_of(text,    dot, fraction, moment, day) {
    dot = index(text, "."); fraction = dot ? substr(text, dot + 1) : ""
    moment = end - (dot ? substr(text, 1, dot - 1) : text)
    if (form == "seconds") return sprintf("%.0f", moment)
    day = int(moment / 86400)
    if (!(day in known)) known[day] = date_of(day)
    if (form == "log") return known[day] " " clock(moment - day * 86400) "," fraction
    if (form == "touch") {
        text = known[day] clock(moment - day * 86400); gsub(/[-:]/, "", text)
        return substr(text, 1, 12) "." substr(text, 13)
    }
    return known[day] "T" clock(moment - day * 86400) (fraction == "" ? "" : "." fraction) "Z"
}
{
    out = ""; rest = $0
    while (first = index(rest, "@@")) {
        tail = substr(rest, first + 2); last = index(tail, "@@"); inner = substr(tail, 1, last - 1)
        out = out substr(rest, 1, first - 1) \
            (substr(inner, 1, 5) == "mark:" ? commit[substr(inner, 6)] : time_of(inner))
        rest = substr(tail, last + 2)
    }
    print out rest
}'

case $end in
*[!0-9]*)
    end=$(printf '%s\n' "$end" | awk "$calendar"'
        /^[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9]Z$/ {
            printf "%.0f\n", days(substr($0, 1, 4), substr($0, 6, 2), substr($0, 9, 2)) * 86400 \
                + substr($0, 12, 2) * 3600 + substr($0, 15, 2) * 60 + substr($0, 18, 2)
        }')
    ;;
esac
[ "${#end}" -eq 10 ] || fail "END is neither RFC 3339 in UTC nor seconds since 1970: ${2:-}" 64

partial=$target.partial
rm -rf "$partial"
mkdir -p "$partial"
trap 'rm -rf "$partial"' EXIT
trap 'exit 130' INT TERM
gzip -dc "$here/sample.tar.gz" | (cd "$partial" && tar -xf -)
from=$partial/sample

rendered() { # FORM FILE
    awk -v end="$end" -v form="$1" -v marks="$from/marks" "$calendar$render" "$2" >"$2.new"
    mv "$2.new" "$2"
}

clean_git() {
    env -i PATH="$PATH" HOME=/nonexistent GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null git "$@"
}

: >"$from/marks"
while read -r name fetched; do
    mirror=$from/mirrors/$name.git
    rendered seconds "$from/mirrors/$name.stream"
    clean_git -c init.defaultBranch=main init --quiet --bare --template= "$mirror"
    clean_git -C "$mirror" -c fastimport.unpackLimit=1 fast-import --quiet --date-format=raw \
        --export-marks="$name.marks" <"$from/mirrors/$name.stream"
    awk -v name="$name" '{ print name $1, $2 }' "$mirror/$name.marks" >>"$from/marks"
    clean_git -C "$mirror" pack-refs --all
    head=$(clean_git -C "$mirror" rev-parse refs/heads/main)
    printf "%s\t\tbranch 'main' of sample\n" "$head" >"$mirror/FETCH_HEAD"
    touch -t "$(echo "@@$fetched@@" | awk -v end="$end" -v form=touch "$calendar$render")" "$mirror/FETCH_HEAD"
    rm "$mirror/$name.marks" "$from/mirrors/$name.stream"
done <"$from/mirrors/fetched"
rm "$from/mirrors/fetched"

for log in "$from"/logs/*/*.log "$from"/logs/*/*.log.1; do
    rendered log "$log"
done
rendered json "$from/logs/ai-gateway/ai-gateway.json"
rendered json "$from/history.jsonl"
rendered json "$from/sample.json"
gzip -n -9 "$from/logs/orders-api/orders-api.log.1"
rm "$from/marks"
mkdir -p "$(dirname "$target")"
mv "$from" "$target"
