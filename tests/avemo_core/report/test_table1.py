import pytest

from avemo_core.errors import ConfigError
from avemo_core.report.inputs import Compared
from avemo_core.report.table1 import compared_of

EARLIER = "over clips, not people (an earlier version's): too narrow"
ROW = {"model": "last-time encoding", "test": {"mean": 0.5, "low": 0.4, "high": 0.6}, "val": None, "paper": {"val": 0.3639, "test": None}}


def test_the_rows_of_the_comparison_are_read_in_their_order():
    rows = compared_of({"rows": [ROW, {"model": "pooled linear"}]})

    assert rows[0] == Compared(model="last-time encoding", splits={"test": (0.5, 0.4, 0.6)}, paper={"val": 0.3639}, over={"test": EARLIER})
    assert rows[1] == Compared(model="pooled linear", splits={}, paper={})


def test_what_compare_says_of_mean_recalls_people_and_roles_is_read_too():
    row = {**ROW, "uar": {"test": {"mean": 0.45, "low": 0.35, "high": 0.55}}}

    over, roles = {"test": {"unit": "people", "count": 7}}, {"train": "learned from", "test": "held out in turn"}
    (found,) = compared_of({"rows": [row], "interval_over": over, "roles": roles})

    assert found.uar == {"test": (0.45, 0.35, 0.55)}
    assert found.over == {"test": "over seven people: the interval is too narrow"}
    assert found.roles == {"test": "held out in turn"}


@pytest.mark.parametrize("document", [[], {"rows": None}, {"rows": [{"test": {}}]}, {"rows": [{"model": "x", "test": 0.5}]}])
def test_another_shape_is_refused(document: object):
    with pytest.raises(ConfigError, match="another shape"):
        compared_of(document)
