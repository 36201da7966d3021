"""What a made corpus holds."""

from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pandas as pd
import pytest

from avemo_core.errors import ConfigError
from avemo_core.synthetic import corpus, plans
from avemo_core.synthetic.corpus import COLUMNS
from schemas.clips import SPLITS
from schemas.emotions import EMOTIONS


@pytest.fixture
def table(tiny_corpus: Path) -> pd.DataFrame:
    return pd.read_csv(tiny_corpus / "clips.csv")


def test_the_table_names_every_clip_of_the_folder(tiny_corpus: Path, table: pd.DataFrame):
    files = sorted(path.name for path in tiny_corpus.glob("*.mp4"))

    assert sorted(table["path"]) == files
    assert tuple(table.columns) == COLUMNS


def test_clips_have_320_by_240_pictures_at_25_fps_and_mono_sound_of_16_khz(tiny_corpus: Path, table: pd.DataFrame):
    with av.open(str(tiny_corpus / table["path"][0])) as file:
        video, audio = file.streams.video[0], file.streams.audio[0]

        assert (video.codec_context.name, video.width, video.height, video.average_rate) == ("h264", 320, 240, 25)
        assert (audio.codec_context.name, audio.rate, audio.channels) == ("aac", 16_000, 1)


def test_neutral_clips_have_no_segment_and_all_others_one_inside_the_clip(table: pd.DataFrame):
    neutral = table[table["label"] == "neutral"]
    planted = table[table["label"] != "neutral"]

    assert neutral[["segment_start_s", "segment_stop_s"]].isna().all(axis=None)
    assert (planted["segment_start_s"] >= 0).all()
    assert (planted["segment_stop_s"] - planted["segment_start_s"]).between(0.25 * 1.2, 0.45 * 1.28).all()


def test_a_planned_corpus_is_balanced_and_no_actor_is_in_two_splits():
    planned = pd.DataFrame([{"label": one.label, "actor": one.actor.name, "split": one.split} for one in plans.plan()])

    assert set(planned["label"].value_counts()) == {plans.CLIPS // len(EMOTIONS)}
    assert not planned.drop_duplicates(["actor", "split"])["actor"].duplicated().any()
    assert set(planned["split"]) == set(SPLITS)


def test_the_same_plan_renders_the_same_bytes(tmp_path: Path, tiny_corpus: Path):
    planned = corpus.plan(clips=21, duration_s=(1.2, 1.28))[3]

    path = corpus.render(planned, tmp_path)

    assert path.read_bytes() == (tiny_corpus / path.name).read_bytes()


def test_a_clip_that_is_there_is_kept(tmp_path: Path):
    planned = corpus.plan(clips=21)[0]
    there = tmp_path / f"{planned.clip_id}.mp4"
    there.write_bytes(b"already here")

    assert corpus.render(planned, tmp_path).read_bytes() == b"already here"


def test_a_corpus_too_small_for_three_splits_is_refused():
    with pytest.raises(ConfigError, match="at least 21 clips"):
        corpus.plan(clips=14)


def test_the_planted_offset_moves_the_sound_and_nothing_else():
    early, late = (replace(corpus.plan(clips=21)[0], av_offset_s=offset_s) for offset_s in (0.0, 0.032))

    shift = round(0.032 * 16_000)
    before, after = corpus.sound(early), corpus.sound(late)

    np.testing.assert_array_equal(after[shift:], before[:-shift])
