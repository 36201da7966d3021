import pytest

from avemo_core.errors import ConfigError
from cluster.extract.job import ExtractOptions
from cluster.score.job import ScoreOptions

NO_NUMBER = float("nan")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"workers": 0}, "--workers must be at least 1, not 0"),
        ({"gpus_per_worker": -1.0}, "--gpus-per-worker must be at least 0, not -1"),
        ({"gpus_per_worker": NO_NUMBER}, "--gpus-per-worker must be at least 0, not nan"),
        ({"max_reject_share": NO_NUMBER}, "--max-reject-share is a share, from 0 to 1, not nan"),
        ({"max_reject_share": 2.0}, "--max-reject-share is a share, from 0 to 1, not 2"),
    ],
)
def test_numbers_that_nobody_has_are_refused_by_name(options: dict[str, float], message: str):
    with pytest.raises(ConfigError, match=message):
        ExtractOptions(clips="clips.csv", out="out", selection="all", **options)
    with pytest.raises(ConfigError, match=message):
        ScoreOptions(features="features", model="model", out="out", **options)


@pytest.mark.parametrize("limit", [0, -1])
def test_a_limit_that_leaves_nothing_is_refused(limit: int):
    with pytest.raises(ConfigError, match=f"--limit must be at least 1, not {limit}"):
        ExtractOptions(clips="clips.csv", out="out", selection="all", limit=limit)
