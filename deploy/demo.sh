#!/usr/bin/env bash
# Runs the appliance on the sample that the repository carries: demo.sh BINARY DIRECTORY
# The sample's times are shifted so that it ends now; DEMO_NOW=RFC3339 fixes them.
set -euo pipefail
binary=$1 directory=$2
here=$(cd "$(dirname "$0")" && pwd)
# A binary built for measuring coverage would leave its counts in the current directory.
export LLVM_PROFILE_FILE=${LLVM_PROFILE_FILE:-/dev/null}

rm -rf "$directory"
mkdir -p "$directory"
now=${DEMO_NOW:-$(date -u +%Y-%m-%dT%H:%M:%SZ)}
sh "$here/sample/unpack.sh" "$directory/sample" "$now"

export APPLIANCE_HOME="$directory/home"
"$binary" init --quiet
cp "$here/sample/appliance.toml" "$APPLIANCE_HOME/appliance.toml"
echo "history: importing six earlier weeks"
"$binary" history import "$directory/sample/history.jsonl" --now "$now"
echo
# A model that is absent is no failure of the demo: the report says who answered.
code=0
"$binary" batch --now "$now" || code=$?
[ "$code" = 0 ] || [ "$code" = 69 ] || exit "$code"
echo
"$binary" report --since 24h --now "$now"
echo
echo "What would leave this site, one message a file (the first):"
first=$("$binary" outbox list --ids | head -1)
[ -z "$first" ] || "$binary" outbox show "$first"
group=$("$binary" report --since 24h --now "$now" --format json | sed -nE 's/.*"id" ?: ?"(G-[0-9a-f]+)".*/\1/p' | head -1)
cat <<END

history  $APPLIANCE_HOME/history.sqlite
report   $(ls "$APPLIANCE_HOME"/reports/*.md | tail -1)
outbox   $APPLIANCE_HOME/outbox/new

Try next (export APPLIANCE_HOME=$APPLIANCE_HOME, and put $(dirname "$binary") into PATH):
  appliance show ${group:-GROUP} --why                      one group: what was seen, why it is a group
  appliance similar ${group:-GROUP}                         what was like it, and what mended that
  tail -n 40 $directory/sample/logs/billing-worker/worker.log | appliance explain
  appliance outbox list                             what waits to leave the site
  appliance doctor                                  what is configured, and what is wrong with it
END
