"""`--dry-run` of `score --features`: how many sources a run would score, and how many bytes of features they are."""

from __future__ import annotations

from cluster.extract.dry_run import DryRun
from cluster.score.corrections import planned
from cluster.score.feature_rows import feature_rows
from cluster.storage.location import open_folder
from cluster.tables.parts import part_entries, published_ids
from cluster.tables.rejects import RejectList


def dry_run_of_rows(features: str, out: str, *, retry_rejects: bool, by_subject: bool = False) -> DryRun:
    """Compare a features table with the predictions that there are; only reads.

    Args:
        features: the features table.
        out: the predictions, which need not exist.
        retry_rejects: whether earlier rejects are to be tried again.
        by_subject: whether the model normalises by subject.
    """
    ids = {row.source_id for row in feature_rows(features)}
    corrections = planned(features, out, by_subject=by_subject)
    done = (published_ids(open_folder(out)) & ids) - corrections.plan.dropped
    rejected = (RejectList(out).source_ids() & ids) - done - corrections.plan.again_rejects
    to_do = len(ids) - len(done) - (0 if retry_rejects else len(rejected))
    size_bytes = sum(part.size_bytes for part in part_entries(open_folder(features)))
    return DryRun(
        out=out,
        clips=len(ids),
        done=len(done),
        rejected=0 if retry_rejects else len(rejected),
        to_do=to_do,
        to_do_bytes=round(size_bytes * to_do / max(1, len(ids))),
        missing=0,
        asked=0,
        corrections=corrections.line(),
    )
