"""What a user should know of the clips before they are trained on."""

from avemo_core.corpora.leakage import WAIVER
from avemo_core.errors import ConfigError
from avemo_core.features.preprocess.modalities import ALONE
from avemo_core.training.config import Recipe
from avemo_core.training.learnable import check_emotions
from avemo_core.training.splits import Split
from schemas.emotions import EMOTIONS


def split_lines(split: Split) -> list[str]:
    """What a user should know of the clips before they are trained on; empty where nothing is amiss.

    Raises:
        ConfigError: an emotion that was asked for has no clip to learn from, or there is but one.
    """
    check_emotions(split.rows.column("label").to_pylist())
    absent = split.absent()
    if missing := [emotion for emotion in absent if emotion in split.emotions and split.emotions != EMOTIONS]:
        raise ConfigError(f"--emotions: no clip of {', '.join(missing)} to learn from; leave it out")
    present = ",".join(emotion for emotion in EMOTIONS if emotion not in absent)
    lines = []
    if absent and split.emotions == EMOTIONS:
        lines.append(f"train: no clip of {', '.join(absent)} to learn from; --emotions {present} trains a model of those present alone")
    if split.emotions != EMOTIONS:
        told = f"train: a model of {', '.join(split.emotions)} alone"
        lines.append(f"{told}: {split.other_emotions:,} clips of other emotions are left out, and their probability is 0")
    if split.copies:
        lines.append(f"train: {len(split.copies):,} copies of other clips are left out, among them {', '.join(split.copies[:3])}")
    if split.people_in_several:
        lines.append(f"train: in several splits, as {WAIVER} allows: {', '.join(split.people_in_several)}")
    return lines


def modality_lines(recipe: Recipe) -> list[str]:
    """That the model reads one modality, where it does.

    Raises:
        ConfigError: the encoding reads the other one alone.
    """
    modalities = recipe.model.modalities
    if modalities == "sound" and recipe.model.encoding == "appearance":
        raise ConfigError("--encoding appearance reads faces alone, and no clip has any: choose perception, average or last")
    return [f"train: {ALONE[modalities]}"] if modalities in ALONE else []
