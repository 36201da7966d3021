"""Waiting that fails says why, and waiting itself stops nobody."""

import sys

import pytest

from tests.waiting import Job, until

FAILED = pytest.fail.Exception


def test_a_job_that_says_more_than_a_pipe_holds_comes_to_its_end():
    job = Job([sys.executable, "-c", "import sys; sys.stderr.write('x' * 200_000)"])

    assert job.ended() == 0
    assert len(job.err) == 200_000


def test_a_job_that_ends_before_what_is_waited_for_is_shown_with_its_code_and_words():
    job = Job([sys.executable, "-c", "import sys; sys.exit('no such clip')"])

    with pytest.raises(FAILED, match=r"(?s)ended with code 1 before a first part; it said:.*no such clip"):
        job.until(lambda: False, "a first part")


def test_a_job_that_is_waited_for_in_vain_is_ended_and_shown_with_its_words():
    job = Job([sys.executable, "-uc", "import time; print('still here'); time.sleep(600)"])
    job.until(lambda: "still" in job.out, "its first word")

    with pytest.raises(FAILED, match=r"(?s)waited 0.1 s in vain for a first part; the job said:.*still here"):
        job.until(lambda: False, "a first part", within_s=0.1)

    assert job.ended() == -9


def test_what_never_comes_is_named():
    with pytest.raises(FAILED, match=r"waited 0.1 s in vain for rain"):
        until(lambda: False, "rain", within_s=0.1)
