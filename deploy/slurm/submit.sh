#!/bin/sh
# A night on a Slurm cluster: submit.sh COUNT SHARED SHARD-CONFIG SITE-CONFIG [options of sbatch for the merge]
# From cron or scrontab on a host that can submit. The merge waits for the array, whatever became of its tasks.
set -eu
[ $# -ge 4 ] || { sed -n '2,3s/^# \{0,1\}//p' "$0" >&2; exit 64; }
count=$1 shared=$2 shards=$3 site=$4
shift 4
here=$(cd "$(dirname "$0")" && pwd)
array=$(sbatch --parsable --array="0-$((count - 1))" "$here/shards.sbatch" "$shared" "$shards")
array=${array%%;*}    # a federation adds its cluster's name
sbatch --parsable --dependency="afterany:$array" "$@" "$here/merge.sbatch" "$count" "$array" "$shared" "$site"
