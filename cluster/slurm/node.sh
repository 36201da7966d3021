#!/usr/bin/env bash
# What nodes.sbatch runs on every node of its job: node 0 starts the head of Ray and then the command; every other node joins the head.
#
#   node 0     head of Ray --- writes its address --- COMMAND ............... writes "done" --- ends its Ray
#   node 1..         waits for the address --- joins ......................... sees "done" --- ends its Ray
set -euo pipefail

RAY="$(dirname "$AVEMO_PYTHON")/ray"
# Ray's sockets need a short path on a disk of this node; and two nodes may be one machine.
RAY_TMPDIR=$(mktemp --directory "/tmp/avemo-XXXXXX")
# A busy node takes longer to start Ray than the 30 s that it is given by default.
export RAY_TMPDIR RAY_USAGE_STATS_ENABLED=0 RAY_raylet_start_wait_time_s=180
unset RAY_ADDRESS

end() { [[ -z $1 ]] || { kill -TERM "$1" && wait "$1"; } 2>/dev/null || true; }

RAY_PID= DRIVER=
finish() {
    end "$DRIVER"
    [[ $SLURM_PROCID != 0 ]] || touch "$AVEMO_MEETING/done" || true
    end "$RAY_PID"  # and not `ray stop`, which would end every Ray of this machine
    rm -rf "$RAY_TMPDIR"
}
trap finish EXIT
trap 'exit 143' TERM INT

# A node of several networks is reached by the one that AVEMO_INTERFACE names, such as ib0; by default Ray chooses.
WHERE=()
if [[ -n ${AVEMO_INTERFACE:-} ]]; then
    ADDRESS=$(ip -4 -o address show dev "$AVEMO_INTERFACE" | awk 'NR == 1 {print $4}' | cut -d/ -f1) || true
    [[ -n $ADDRESS ]] || { echo "AVEMO_INTERFACE=$AVEMO_INTERFACE: expected a network of this node with an IPv4 address, found none" >&2; exit 1; }
    WHERE=(--node-ip-address "$ADDRESS")
fi
start_ray() {
    "$RAY" start "$@" ${WHERE[@]+"${WHERE[@]}"} --num-cpus "${SLURM_CPUS_PER_TASK:-1}" --disable-usage-stats --block >"$RAY_TMPDIR/log" 2>&1 &
    RAY_PID=$!
}
check_ray() { kill -0 "$RAY_PID" 2>/dev/null || { cat "$RAY_TMPDIR/log" >&2; exit 1; }; }

if [[ $SLURM_PROCID != 0 ]]; then
    until [[ -s $AVEMO_MEETING/address ]]; do sleep 0.5; done
    start_ray --address "$(cat "$AVEMO_MEETING/address")"
    until [[ -e $AVEMO_MEETING/done ]]; do
        check_ray
        sleep 0.5
    done
    exit 0
fi

start_ray --head --port 0 --include-dashboard=false
STARTED=$RAY_TMPDIR/ray/ray_current_cluster # where Ray writes the address of the head that it has started
until [[ -s $STARTED ]]; do
    check_ray
    sleep 0.5
done
RAY_ADDRESS=$(cat "$STARTED")
export RAY_ADDRESS
# Moved into place, so that nobody reads half an address. The others join while the command runs: its workers come with them.
echo "$RAY_ADDRESS" >"$AVEMO_MEETING/address.new"
mv "$AVEMO_MEETING/address.new" "$AVEMO_MEETING/address"

COMMAND=$1
shift
"$AVEMO_PYTHON" "jobs/$COMMAND.py" "$@" &
DRIVER=$!
STOPPED=
while kill -0 "$DRIVER" 2>/dev/null; do
    if [[ -z $STOPPED && -e $AVEMO_MEETING/stop ]]; then
        kill -TERM "$DRIVER" || true
        STOPPED=1
    fi
    sleep 0.5
done
CODE=0
wait "$DRIVER" || CODE=$?
DRIVER=
exit "$CODE"
