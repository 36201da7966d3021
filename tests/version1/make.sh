#!/usr/bin/env bash
# Make everything in this folder again, by the code of version 1 (about three minutes on two cores):
#
#   git worktree add /tmp/avemo-1 8028853 && make -C /tmp/avemo-1 setup && tests/version1/make.sh /tmp/avemo-1
#
# Works in /tmp/version1, the path that the records then hold, and copies the outcome to where this file lies.
set -euo pipefail
checkout=$(realpath "$1")
here=$(realpath "$(dirname "$0")")
work=/tmp/version1
python="$checkout/.venv/bin/python"
export PYTHONPATH="$checkout" RAY_USAGE_STATS_ENABLED=0

job() { (cd "$checkout" && "$python" "jobs/$1.py" "${@:2}"); }

# Start a job and kill its driver (SIGKILL) when one worker's rows are published and another's lie in staging.
kill_half_way() {
    local out=$1
    (cd "$checkout" && exec "$python" - "$out" "${@:2}") <<'PYTHON'
import shutil
import subprocess
import sys
import time
from pathlib import Path

out = Path(sys.argv[1])
for _ in range(30):
    shutil.rmtree(out, ignore_errors=True)
    driver = subprocess.Popen([sys.executable, f"jobs/{sys.argv[2]}.py", *sys.argv[3:], "--out", str(out)], stderr=subprocess.DEVNULL)
    while driver.poll() is None and not (any(out.glob("part-*")) and any((out / "_staging").glob("*.parquet"))):
        time.sleep(0.0002)
    driver.kill()
    driver.wait()
    time.sleep(3)  # until its workers are gone too
    if len(list(out.glob("part-*"))) == 1 and any((out / "_staging").glob("*.parquet")) and (out / "_lock").exists():
        sys.exit()
sys.exit(f"{out}: never caught half done")
PYTHON
}

rm -rf "$work" && mkdir "$work"
"$python" - "$work/clips" <<'PYTHON'
import sys
from pathlib import Path

from avemo_core.synthetic import corpus

folder, plans = Path(sys.argv[1]), corpus.plan(clips=21, duration_s=(1.0, 1.08))
kept = [plans[number] for number in (0, 2, 3, 6, 8, 11, 12, 14, 20)]  # all emotions; three actors, one in each split
for plan in kept:
    corpus.render(plan, folder)
corpus.write_table(kept, folder)
(folder / "none.mp4").write_text("no clip\n")
with (folder / "clips.csv").open("a", newline="") as table:
    table.write("none,none.mp4,neutral,actor-02,val,,,\r\n")
PYTHON

extract=(--clips "$work/clips/clips.csv" --selection "$work/selection" --precision float32)
job select --clips "$work/clips/clips.csv" --keep 64 --trees 20 --precision float32 --out "$work/selection"
job extract "${extract[@]}" --out "$work/features"
for preset in paper best; do
    job train --features "$work/features" --preset "$preset" --out "$work/model-$preset"
    job score --features "$work/features" --model "$work/model-$preset" --out "$work/predictions-$preset"
done
kill_half_way "$work/half-done" extract "${extract[@]}"
kill_half_way "$work/half-done-predictions" score --features "$work/features" --model "$work/model-best"

for made in clips selection features model-paper model-best predictions-paper predictions-best half-done half-done-predictions; do
    rm -rf "${here:?}/$made"
    cp -r "$work/$made" "$here/"
done
rm -rf "$work"
du -sh "$here"
