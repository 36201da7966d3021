"""What a worker holds of a long file that is extracted in segments: a 1080p clip repeated to two hours.

python benchmarks/long_file.py [--hours 2] [--fps 5] [--segment 10s]
"""

import argparse
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import extract_job
import extract_kernels
import talking_clips

from avemo_core.appearance import networks

CLIP_S = 60.0


def main() -> None:
    """Make the file, extract it, and print the peak of the worker's memory."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hours", type=float, default=2.0)
    parser.add_argument("--every", type=int, default=1, help="encode every so many of 25 frames a second: 5 makes decoding short")
    parser.add_argument("--fps", type=float, default=5.0)
    parser.add_argument("--segment", default="10s")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        clip = talking_clips.made(folder, 1920, 1080, CLIP_S, options.every)
        file = talking_clips.repeated(clip, round(options.hours * 3600 / CLIP_S), folder / "long.mp4")
        extract_kernels.every_eighth(networks.load()).save(folder / "selection.safetensors")
        clips = folder / "clips.csv"
        clips.write_text(f"clip_id,path\nlong,{file}\n")
        options_of_job = ["--workers", "1", "--segment", options.segment, "--fps", f"{options.fps:g}"]
        done = extract_job.run(clips, folder / "features", folder / "selection.safetensors", options_of_job)
        size = f"{options.hours:g} hours of 1920x1080 at {25 // options.every} fps, {file.stat().st_size / 1e6:.0f} MB"
        print(f"{size}, in segments of {options.segment} at {options.fps:g} fps:")
        print(
            f"  {done.rows} rows, {done.faces} frames with a face, {done.seconds:.0f} s, most memory of the worker {done.worker_mb:.0f} MB"
        )


if __name__ == "__main__":
    main()
