#!/usr/bin/env bash
# Prints the line coverage of each of our targets and of all together; fails below MINIMUM percent (85).
set -euo pipefail
cd "$(dirname "$0")/.."
minimum=${MINIMUM:-85}
build=$(swift build --show-bin-path --enable-code-coverage)
profile="$build/codecov/default.profdata"
[ -f "$profile" ] || { echo "no coverage data; run make test first" >&2; exit 66; }
cov="$(dirname "$(readlink -f "$(command -v swift)")")/llvm-cov"
[ -x "$cov" ] || cov=llvm-cov
tests=$(find "$build" -maxdepth 1 -name '*PackageTests.xctest' | head -1)
"$cov" export -format=lcov -instr-profile "$profile" -object "$build/appliance" "$tests" 2>/dev/null |
    awk -v minimum="$minimum" '
        /^SF:/ { room = ""; if (match($0, /\/Sources\/[A-Za-z]+\//)) {
                     room = substr($0, RSTART + 9, RLENGTH - 10)
                     if ($0 ~ /\/\.build/) room = "" } file = $0; next }
        /^DA:/ && room != "" { split(substr($0, 4), part, ","); key = file ":" part[1]
                 if (!(key in seen)) { seen[key] = 0; all[room]++; total++ }
                 if (part[2] > 0 && !seen[key]) { seen[key] = 1; hit[room]++; covered++ } }
        END { for (room in all) printf "  %-14s %5.1f %%  of %d lines\n", room, 100 * hit[room] / all[room], all[room] | "sort"
              close("sort")
              share = total ? 100 * covered / total : 0
              printf "line coverage of our targets: %.1f %% of %d lines (at least %d %%)\n", share, total, minimum
              exit share < minimum ? 1 : 0 }'
