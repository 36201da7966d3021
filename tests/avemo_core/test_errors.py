import pickle

import pytest

from avemo_core import errors
from schemas.rejects import Reason

EXAMPLES = [
    errors.AvemoError("root"),
    errors.ConfigError("expected this, found that"),
    errors.MediaError(Reason.DECODE_FAILED, "decode", "broke off after 0.2 s"),
    errors.TableError.mismatch("features", "a", "b", "start a new folder"),
    errors.TableLocked("held by another run"),
    errors.DamagedPart("part-0.parquet: no Parquet file"),
    errors.StorageFailed("part-0.parquet: no answer"),
    errors.BundleError("no model.json"),
    errors.ClusterError("no worker could start"),
]


@pytest.mark.parametrize("error", EXAMPLES, ids=lambda error: type(error).__name__)
def test_every_error_survives_pickling(error: errors.AvemoError):
    copy = pickle.loads(pickle.dumps(error))  # noqa: S301 - the bytes are our own

    assert type(copy) is type(error)
    assert str(copy) == str(error)
    assert vars(copy) == vars(error)


def test_the_examples_cover_the_whole_tree():
    tree = {error for error in vars(errors).values() if isinstance(error, type) and issubclass(error, errors.AvemoError)}

    assert {type(example) for example in EXAMPLES} == tree


def test_a_mismatch_shows_what_was_expected_and_what_was_found():
    message = str(errors.TableError.mismatch("features", "set A", "set B", "start a new folder"))

    assert "set A" in message
    assert "set B" in message
    assert "start a new folder" in message
