"""The tests' own process stays a process among others."""

import os

from tests import scheduling
from tests.avemo_core.media.hostile import clips


def test_a_policy_set_within_ends_with_it():
    before = os.sched_getscheduler(0)

    with scheduling.kept():
        os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
        within = os.sched_getscheduler(0)

    assert (within, os.sched_getscheduler(0)) == (os.SCHED_BATCH, before)


def test_a_clip_in_av1_leaves_the_process_scheduled_as_it_was():
    before = os.sched_getscheduler(0)

    clips.clip("webm.av1", seconds=0.2)

    assert os.sched_getscheduler(0) == before
