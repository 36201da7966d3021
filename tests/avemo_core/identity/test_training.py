from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace

import cv2
import numpy as np
import pytest
import torch
from torch import nn

from avemo_core.appearance import networks
from avemo_core.appearance.alexnet import AlexNet
from avemo_core.errors import AvemoError, ConfigError, MediaError
from avemo_core.identity import identity_pictures
from avemo_core.identity.alignments import whole_picture
from avemo_core.identity.identity_pictures import IdentitySplit
from avemo_core.identity.loader import IGNORED, Pictures, stream
from avemo_core.identity.training import IdentityTrainer, IdentityTrainingState, PretrainConfig
from avemo_core.runtime.process_group import ProcessGroup

PEOPLE, EACH = 4, 6
CONFIG = PretrainConfig(epochs=2, batch=5, learning_rate=0.01, augment=False, dropout=0.0)


class Small(AlexNet):
    """A network as quick as a test needs, with the parts that AlexNet has."""

    name, input_px, mean_rgb, scale, feature_map_shape, embedding = "small", 24, (128.0, 128.0, 128.0), 64.0, (4, 6, 6), 8

    def __init__(self) -> None:
        nn.Module.__init__(self)
        self.trunk = nn.Sequential(nn.Conv2d(3, 4, 4, stride=4), nn.ReLU())
        self.top = nn.Sequential(nn.Flatten(), nn.Linear(144, self.embedding), nn.Dropout(0.5))

    def forward(self, faces: torch.Tensor) -> torch.Tensor:
        """Embeddings."""
        return self.top(self.trunk(faces))


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Pictures:
    """Four people, each a pattern of colours with noise on it."""
    folder, draw = tmp_path_factory.mktemp("people"), np.random.default_rng(0)
    uris = []
    for person in range(PEOPLE):
        pattern = draw.integers(40, 216, (4, 4, 3))
        for number in range(EACH):
            noisy = np.kron(pattern, np.ones((6, 6, 1))) + draw.normal(0, 12, (24, 24, 3))
            uris.append(str(folder / f"{person}-{number}.png"))
            cv2.imwrite(uris[-1], noisy.clip(0, 255).astype(np.uint8))
    person = np.repeat(np.arange(PEOPLE), EACH)
    return Pictures(uris=uris, to_picture=np.stack([whole_picture(24, 24, 24)] * len(uris)), person=person, side_px=24)


@pytest.fixture(scope="module")
def split(pictures: Pictures) -> IdentitySplit:
    return identity_pictures.split([str(number) for number in pictures.person], held_out=0.0, seed=0)


def trainer(pictures: Pictures, split: IdentitySplit, config: PretrainConfig = CONFIG) -> IdentityTrainer:
    torch.manual_seed(0)
    return IdentityTrainer(Small(), pictures, split, config, process_group=ProcessGroup(), device=torch.device("cpu"))


def states(
    pictures: Pictures, split: IdentitySplit, config: PretrainConfig = CONFIG, resume: IdentityTrainingState | None = None
) -> list[IdentityTrainingState]:
    """Every state that a training passes through."""
    passed: list[IdentityTrainingState] = []
    trainer(pictures, split, config).fit(resume, lambda state: passed.append(deepcopy(state)))
    return passed


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def test_people_are_learned_far_above_chance(pictures: Pictures, split: IdentitySplit):
    history = states(pictures, split, replace(CONFIG, epochs=12, learning_rate=0.05))[-1].history

    assert history[-1].val_accuracy > 2 / PEOPLE
    assert history[-1].loss < 0.5 * history[0].loss


@pytest.mark.parametrize("stopped_after", [1, 4, 6])
@pytest.mark.parametrize("config", [CONFIG, replace(CONFIG, augment=True, dropout=0.5)])
def test_a_training_that_resumes_ends_as_if_it_had_never_stopped(
    pictures: Pictures, split: IdentitySplit, config: PretrainConfig, stopped_after: int
):
    whole_way = states(pictures, split, config)

    resumed = states(pictures, split, config, resume=whole_way[stopped_after - 1])

    assert resumed[-1].history == whole_way[-1].history
    assert all(torch.equal(resumed[-1].weights[name], weight) for name, weight in whole_way[-1].weights.items())


def test_faces_are_varied_only_when_asked_for(pictures: Pictures, split: IdentitySplit):
    plain, varied = (states(pictures, split, replace(CONFIG, augment=augment))[0].totals for augment in (False, True))

    assert plain != varied


def test_the_learning_rate_rises_then_falls_to_nothing(pictures: Pictures, split: IdentitySplit):
    rates = [state.optimiser["param_groups"][0]["lr"] for state in states(pictures, split, replace(CONFIG, epochs=5, warm_up=0.2))]

    assert rates[3] == max(rates) == pytest.approx(0.01)
    assert rates[0] == pytest.approx(0.01 / 4)
    assert rates[-1] < 0.001


def test_embeddings_do_not_know_left_from_right(pictures: Pictures, split: IdentitySplit):
    """Each is the sum over the face and its mirror image."""
    learned = trainer(pictures, split)

    embeddings = learned.embeddings([0, 7, 3])

    mirrored = replace(pictures, to_picture=pictures.to_picture * [[[-1, 1, 1], [1, 1, 1]]] + [[[0, 0, 23], [0, 0, 0]]])
    np.testing.assert_allclose(trainer(mirrored, split).embeddings([0, 7, 3]), embeddings, atol=1e-4)


def test_streamed_batches_come_in_order_however_they_are_read(pictures: Pictures):
    batches = [[0, 23], [7], [7, 1, 2], [5], [6]]

    persons = [batch.tolist() for _, batch in stream(pictures, batches)]

    assert persons == [[0, 3], [1], [1, 0, 0], [0], [1]]


def test_a_picture_that_is_gone_is_nobody_and_nothing_is_learned_from_it(pictures: Pictures, split: IdentitySplit):
    gone = replace(pictures, uris=[*pictures.uris[:5], "/gone.png", *pictures.uris[6:]], lost=set())

    ((chips, persons),) = stream(gone, [[4, 5, 6]])
    assert persons.tolist() == [0, IGNORED, 1]
    assert not chips[1].any()

    learner = trainer(gone, split)
    history = learner.fit(None, lambda _: None)
    assert np.isfinite(history[-1].loss)
    assert gone.lost == {5}


def test_pictures_that_are_gone_count_neither_as_right_nor_as_wrong(pictures: Pictures, split: IdentitySplit):
    kept, lost = split.validation[1:], split.validation[0]
    gone = replace(pictures, uris=[uri if index != lost else "/gone.png" for index, uri in enumerate(pictures.uris)], lost=set())

    with_lost = states(gone, split, CONFIG)[-1].history[-1]
    without = states(pictures, replace(split, validation=kept), CONFIG)[-1].history[-1]

    assert (with_lost.val_loss, with_lost.val_accuracy) == pytest.approx((without.val_loss, without.val_accuracy))


def test_when_more_than_a_few_pictures_are_gone_their_place_is(pictures: Pictures):
    gone = replace(pictures, uris=["/gone.png"] * len(pictures.uris), lost=set())

    with pytest.raises(MediaError, match="missing"):
        list(stream(gone, [[0, 1, 2, 3]]))


@pytest.mark.parametrize("name", ["alexnet", "resnet29"])
def test_the_real_networks_give_one_embedding_a_face(name: str):
    torch.manual_seed(0)
    network = networks.architecture(name).eval()

    with torch.inference_mode():
        embeddings = network(torch.randn(2, 3, network.input_px, network.input_px))

    assert embeddings.shape == (2, network.embedding)
    assert embeddings.isfinite().all()
    assert embeddings.std() > 0


@pytest.mark.parametrize(
    ("name", "value"), [("learning_rate", 0.0), ("learning_rate", float("nan")), ("dropout", 1.0), ("dropout", -0.1), ("seed", -1)]
)
def test_settings_that_cannot_train_are_refused_by_name(name: str, value: float):
    with pytest.raises(ConfigError, match=name.replace("_", "-")):
        replace(CONFIG, **{name: value})


def test_a_training_whose_loss_is_no_longer_a_number_ends_there(pictures: Pictures, split: IdentitySplit):
    with pytest.raises(AvemoError, match="diverged: its loss is nan in step 2 of epoch 1"):
        states(pictures, split, replace(CONFIG, learning_rate=1e30, warm_up=0.0))


def test_no_epochs_train_nothing():
    with pytest.raises(ConfigError, match="--epochs"):
        PretrainConfig(epochs=0)
