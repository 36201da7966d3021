import numpy as np

from avemo_core.playable.video import fitted


def test_a_picture_of_another_shape_stands_in_the_middle():
    whole = fitted(np.full((50, 100, 3), 200, np.uint8), (100, 100))

    assert whole.shape == (100, 100, 3)
    assert (whole[25:75] == 200).all()
    assert not whole[:25].any()
    assert not whole[75:].any()
