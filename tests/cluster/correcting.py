"""A run that corrects a table and then makes what is to be made again, from clips that need no files: for a test that kills it."""

import sys
from collections.abc import Iterator, Sequence

import pyarrow as pa
import pyarrow.parquet as pq

from avemo_core.corpora.clip import Clip
from avemo_core.corpora.clips_table import clips_of
from cluster.extract.corrections import correct
from cluster.pool.run import PoolOptions, run
from cluster.pool.work import Outcome
from cluster.progress import Progress
from cluster.ray.session import session
from cluster.tables.table import open_table
from schemas.columns import column
from schemas.identity import IDENTITY

SCHEMA = pa.schema([*IDENTITY, column("made_of", pa.string(), "", "address and range")])


def row(clip: Clip) -> dict[str, object]:
    """What the row of a clip has to be."""
    start_s, stop_s = clip.start_s or 0.0, clip.stop_s or 4.0
    known = {"uri": clip.uri, "label": clip.label, "split": clip.split, "subject": clip.subject, "start_s": start_s, "stop_s": stop_s}
    return {"clip_id": clip.source_id, "source_id": clip.source_id, **known, "made_of": f"{clip.uri} {start_s} {stop_s}"}


class RowWorker:
    """Makes a clip's row of what the clips table says."""

    def rows(self, chunk: Sequence[Clip]) -> Iterator[Outcome]:
        """A row a clip."""
        for clip in chunk:
            yield pa.Table.from_pylist([row(clip)], schema=SCHEMA)


def main(clips_file: str, out: str) -> None:
    """Correct, and do what is undone then."""
    clips = pq.read_table(clips_file)
    with open_table(out, SCHEMA, {"version": 1}) as table:
        correct(table, clips, out, is_whole=True, accepted=False)
        with session(num_cpus=2):
            run(clips_of(clips), factory=RowWorker, table=table, options=PoolOptions(), progress=Progress("test", clips.num_rows))


if __name__ == "__main__":
    main(*sys.argv[1:])
