"""Look at one clip as avemo does: its streams, its faces frame by frame, and the sound that is listened to."""

import sys

sys.path[0] = sys.path[0].removesuffix("/jobs")  # jobs/select.py would hide the standard library's select

from avemo_core.look.summary import pictures_line, range_line, sound_line, streams_lines
from cluster.look.job import LookOptions, look
from jobs.command import DONE, run


def main(options: LookOptions) -> int:
    """Look at one clip as avemo does: its streams, its faces frame by frame, and the sound that is listened to."""
    looked = look(options)
    print("\n".join(streams_lines(looked.head)))
    print(range_line(looked.head))
    print(pictures_line(looked.head, looked.pictures))
    print(sound_line(looked.head))
    print(f"{options.out.rstrip('/')}: {', '.join(looked.files)}")
    return DONE


if __name__ == "__main__":
    run(main, LookOptions)
