#!/usr/bin/env bash
# Shows a build's progress: one changing line on a terminal, a line every 100 steps elsewhere; errors whole.
set -uo pipefail
last=-100
while IFS= read -r line; do
    if [[ $line =~ ^\[([0-9]+)/([0-9]+)\] ]]; then
        step=${BASH_REMATCH[1]} all=${BASH_REMATCH[2]}
        if [ -t 1 ]; then
            printf '\r\033[K  %s of %s steps' "$step" "$all"
        elif ((step >= last + 100 || step < last)); then
            echo "  $step of $all steps"
            last=$step
        fi
    else
        [ -t 1 ] && printf '\r\033[K'
        printf '%s\n' "$line"
    fi
done
