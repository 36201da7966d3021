import io

import pytest

from cluster.progress import Progress, duration, reasons


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("seconds", "words"), [(3.2, "3 s"), (75, "1 min 15 s"), (7325, "2 h 2 min")])
def test_time_reads_in_two_units(seconds: float, words: str):
    assert duration(seconds) == words


def test_rejects_are_counted_by_reason_most_frequent_first():
    assert reasons({"missing": 1, "too_long": 1200}) == "1,201 rejected (1,200 too_long, 1 missing)"
    assert reasons({}) == "0 rejected"


def test_a_log_gets_few_lines_with_what_is_left(monkeypatch: pytest.MonkeyPatch):
    out = io.StringIO()
    progress = Progress("extract", total=100, out=out)
    progress.update(10, 1)
    clock = progress._started_s + 22
    monkeypatch.setattr("cluster.progress.time.monotonic", lambda: clock)

    progress.update(20, 2)
    progress.update(21, 2)

    assert out.getvalue() == "extract: 20 done, 2 rejected, 1 clips/s, about 1 min 18 s left\n"


def test_a_terminal_gets_a_bar_with_rejects():
    out = _Terminal()
    progress = Progress("extract", total=10, out=out)

    progress.update(4, 1)
    progress.close()

    assert "5/10" in out.getvalue()
    assert "rejected=1" in out.getvalue()


def test_skipped_clips_are_not_part_of_the_bar():
    out = _Terminal()
    progress = Progress("extract", total=10, out=out)

    progress.skipped(6)
    progress.update(4, 0)
    progress.close()

    assert "4/4" in out.getvalue()
