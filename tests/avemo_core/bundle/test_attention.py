"""Late fusion of attention: the networks' attention times what the pooled linear model reads around each step."""

import math

import numpy as np

from avemo_core.bundle.attention import GAIN, at_steps, fused_attention

RNG = np.random.default_rng(0)
PERCEPTION = RNG.dirichlet(np.ones(9), 7).T.astype(np.float32)
LOGITS = RNG.normal(size=(9, 7))


def test_fused_attention_equals_a_plain_loop():
    expected = np.zeros((9, 7))
    for emotion in range(7):
        powers = [float(PERCEPTION[step, emotion]) * math.exp(GAIN * LOGITS[step, emotion]) for step in range(9)]
        expected[:, emotion] = np.array(powers) / sum(powers)

    np.testing.assert_allclose(fused_attention(PERCEPTION, LOGITS), expected, rtol=1e-5)


def test_an_emotion_that_is_read_alike_everywhere_keeps_its_attention():
    np.testing.assert_allclose(fused_attention(PERCEPTION, np.full((9, 7), -30.0)), PERCEPTION, rtol=1e-5)


def test_a_step_without_a_face_gets_no_attention_however_clear_its_evidence():
    perception, logits = PERCEPTION.copy(), LOGITS.copy()
    perception[4], logits[4] = 0, 1000.0

    fused = fused_attention(perception, logits)

    assert not fused[4].any()
    np.testing.assert_allclose(fused.sum(0), 1, rtol=1e-5)


def test_attention_that_is_nowhere_stays_nowhere():
    assert not fused_attention(np.zeros((9, 7), np.float32), LOGITS).any()


def test_between_two_windows_evidence_lies_on_a_straight_line_and_is_level_outside():
    found = at_steps(np.array([[0.0], [4.0]]), np.array([1.0, 2.0]), np.array([0.5, 1.0, 1.25, 2.0, 3.0]))

    np.testing.assert_allclose(found[:, 0], [0, 0, 1, 4, 4])
