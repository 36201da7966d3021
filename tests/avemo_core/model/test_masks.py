"""Padding, borders, lost faces and missing modalities: what must get no weight gets none."""

import numpy as np
import pytest
import torch

from avemo_core.model.batch import Batch, collate
from avemo_core.model.config import Encoding, NetworkConfig
from avemo_core.model.network import Output, Widths, build
from avemo_core.model.softmax import masked_softmax
from tests.avemo_core.model.clips import D_A, D_APPEARANCE, D_SHAPE, clip, clips

ENCODINGS: tuple[Encoding, ...] = ("perception", "average", "last", "appearance")


def output(encoding: Encoding, batch: Batch) -> Output:
    torch.manual_seed(0)
    network = build(NetworkConfig(encoding=encoding, width=6, selector_width=3), Widths(D_A, D_SHAPE, D_APPEARANCE)).eval()
    with torch.inference_mode():
        return network(batch)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_padded_batch_gives_what_each_clip_alone_gives(encoding: Encoding):
    together = output(encoding, collate(clips()))

    alone = torch.cat([output(encoding, collate([one])).logits for one in clips()])

    torch.testing.assert_close(together.logits, alone)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_perception_sums_to_one_over_every_clips_own_steps(encoding: Encoding):
    batch = collate(clips())

    perception = output(encoding, batch).perception

    torch.testing.assert_close(perception.sum(2), torch.ones(len(batch), 7))
    assert (perception.transpose(1, 2)[~batch.step_mask] == 0).all()


def test_alignment_sums_to_one_inside_the_clip_and_is_zero_without_sound():
    batch = collate(clips())

    alignment = output("perception", batch).alignment

    expected = (batch.audio_steps > 0).float().unsqueeze(1).expand(-1, alignment.shape[1])
    torch.testing.assert_close(alignment.sum(2), expected)


def test_steps_without_a_face_get_no_perception_weight_in_a_clip_that_has_faces():
    batch = collate([clip(6, 8, unseen=(1, 4))])

    perception = output("perception", batch).perception

    assert (perception[0, :, [1, 4]] == 0).all()
    assert (perception[0, :, [0, 2, 3, 5]] > 0).all()


def test_a_clip_without_any_face_keeps_attention_over_all_steps():
    batch = collate([clip(6, 8, unseen=range(6))])

    perception = output("perception", batch).perception

    assert (perception > 0).all()


def test_without_sound_the_prediction_does_not_depend_on_what_the_audio_padding_holds():
    batch = collate([clip(6, 0), clip(6, 9)])
    disturbed = collate([clip(6, 0), clip(6, 9)])
    disturbed.audio[0] = 100.0

    assert torch.equal(output("perception", batch).logits[0], output("perception", disturbed).logits[0])


def test_average_encoding_reports_equal_weights_and_last_time_one_step():
    batch = collate([clip(4, 5), clip(2, 3)])

    average, last = output("average", batch).perception, output("last", batch).perception

    torch.testing.assert_close(average[:, 0], torch.tensor([[0.25] * 4, [0.5, 0.5, 0, 0]]))
    torch.testing.assert_close(last[:, 0], torch.tensor([[0.0, 0, 0, 1], [0, 1, 0, 0]]))


def test_taking_a_modality_away_is_the_same_as_never_having_had_it():
    whole = collate([clip(5, 7, 3), clip(5, 7, 4)])
    without = whole.without(sound=torch.tensor([True, False]), face=torch.tensor([False, True]))
    faceless = clip(5, 7, 4, unseen=range(5))

    torch.testing.assert_close(output("perception", without).logits[1], output("perception", collate([faceless])).logits[0])
    assert without.audio_steps.tolist() == [0, 7]
    assert (output("perception", without).alignment[0] == 0).all()


def test_a_softmax_row_without_an_unmasked_position_is_zero_and_has_a_finite_gradient():
    scores = torch.tensor([[1.0, 2.0], [1e4, -1e4]], requires_grad=True)

    weights = masked_softmax(scores, torch.tensor([[False, False], [True, True]]))
    weights.square().sum().backward()

    assert weights.detach().tolist() == [[0, 0], [1, 0]]
    assert torch.isfinite(scores.grad).all()


def test_a_stride_keeps_every_third_step_from_its_phase():
    strided = clip(8, 9, unseen=(1,)).strided(3, 1)

    np.testing.assert_allclose(strided.step_time_s, [0.04, 0.16, 0.28])
    assert strided.has_face.tolist() == [False, True, True]


def test_a_phase_beyond_the_clip_starts_at_its_first_step():
    assert len(clip(2, 3).strided(3, 2).has_face) == 1
