"""Train a model on a features table."""

import sys

sys.path[0] = sys.path[0].removesuffix("/jobs")  # jobs/select.py would hide the standard library's select

from avemo_core.bundle.measured import foremost, measured
from avemo_core.evaluation.in_words import interval_over, left_out_of_uar, with_interval
from avemo_core.runtime.public import public
from cluster.train.job import Trained, TrainOptions, train_model
from jobs.command import DONE, run


def main(config: TrainOptions) -> int:
    """Train a model on a features table."""
    trained = train_model(config)
    print_summary(trained)
    return DONE


def print_summary(trained: Trained) -> None:
    """Print what the model was trained on, how good it is, and where it is."""
    origin = "made here, subjects apart (split.parquet)" if trained.split.made else "from the table"
    print(f"split   {', '.join(f'{name} {clips}' for name, clips in trained.split.counts().items())} clips, {origin}")
    if left_out := trained.bundle.training["left_out"]:
        print(f"left out     {len(left_out)} clips with NaN or infinite features, among them {', '.join(left_out[:3])}: extract them again")
    found = measured(trained.bundle.metrics)
    width = max(len(one.name) for one in found)
    for one in found:
        accuracy, uar = (with_interval(one.figures, name) for name in ("accuracy", "uar"))
        print(
            f"{one.name:<{width}}  {one.figures['clips']} clips: accuracy {accuracy}, chance {one.figures['chance']:.3f}, "
            f"UAR {uar}, ECE {one.figures['ece']:.3f}; {interval_over(one.figures)}"
        )
    if shown := foremost(trained.bundle.metrics):
        named = ", ".join(f"{emotion} {recall:.2f}" for emotion, recall in shown.figures["recall"].items() if recall is not None)
        print(f"recall, {shown.name}: {named}")
        if absent := left_out_of_uar(shown.figures):
            print(absent)
    print(f"done    {trained.bundle.model_id}, {len(trained.bundle.members)} network(s), {trained.seconds:.0f} s: {public(trained.out)}")


if __name__ == "__main__":
    run(main, TrainOptions)
