import numpy as np
import pytest

from cauce.domain.errors import InputError, IntegrityError
from cauce.domain.progress import silent
from cauce.domain.split import Split
from cauce.experiment import prepare
from cauce.experiment.prepare import TrainImages, load_train_images
from cauce.predictor.preprocess import apply
from cauce.predictor.source import load_file

from .spots import Place, spec, write_image

SPEC = spec()
RECIPE = SPEC.preprocess


def load(place: Place, progress=silent) -> TrainImages:
    return load_train_images(
        place.workspace, cohort=place.cohort, split=place.split, spec=SPEC, data_root=place.data_root, progress=progress
    )


def test_the_images_are_what_prediction_will_see(place: Place) -> None:
    images = load(place)
    loaded = [load_file(place.data_root / row.path, row.path, key=None) for row in place.rows[:48]]
    expected = [apply(RECIPE, each.image.pixels) for each in loaded]
    assert np.abs(images.take(np.arange(48)) - np.stack(expected)).max() < 2e-3
    assert images.labels.tolist() == [number % 2 == 0 for number in range(48)]


def test_tune_and_test_images_are_not_even_opened(place: Place) -> None:
    for number in range(48, 60):
        (place.data_root / f"{number:03}.png").unlink()
    assert len(load(place).labels) == 48


def test_images_are_prepared_once(place: Place) -> None:
    load(place)
    for path in place.data_root.iterdir():
        path.unlink()
    assert len(load(place).labels) == 48


def test_an_interrupted_preparation_goes_on_with_the_next_piece(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prepare, "_PIECE", 20)

    def interrupt(step: str, done: int, total: int) -> None:
        if done == 20:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        load(place, interrupt)
    for number in range(20):
        (place.data_root / f"{number:03}.png").unlink()
    whole = load(place)
    assert [len(np.load(piece)) for piece in whole.pieces] == [20, 20, 8]
    assert whole.take(np.array([0, 19, 20, 47])).shape == (4, 32, 32)


def test_a_missing_image_is_named(place: Place) -> None:
    (place.data_root / "003.png").unlink()
    with pytest.raises(InputError, match=r"003\.png"):
        load(place)


def test_a_changed_image_is_named(place: Place) -> None:
    write_image(place.data_root / "003.png", 99, positive=True)
    with pytest.raises(IntegrityError, match=r"003\.png"):
        load(place)


def test_a_changed_piece_is_refused(place: Place) -> None:
    load(place)
    records = place.workspace.records
    prepared = records.latest(prepare.PreparedImages, records.names(prepare.PreparedImages)[0])
    path = place.workspace.arrays.path(prepared.pieces[0])
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    with pytest.raises(IntegrityError):
        load(place)


def test_a_split_of_another_cohort_is_refused(place: Place) -> None:
    other = Split.model_validate({**place.split.model_dump(), "cohort": "0" * 64})
    with pytest.raises(IntegrityError, match="another state"):
        load_train_images(
            place.workspace, cohort=place.cohort, split=other, spec=SPEC, data_root=place.data_root, progress=silent
        )
