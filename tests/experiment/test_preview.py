"""The contact sheet shows what training draws, of train alone, and names nobody."""

import io

import numpy as np
import pytest
from PIL import Image

import balls
from cauce.domain.experiment import Augmentation
from cauce.experiment.preview import preview, rows_of
from cauce.experiment.train_data import load_train_data

from . import spots


@pytest.fixture(scope="module")
def volumes(tmp_path_factory: pytest.TempPathFactory) -> balls.Place:
    return balls.build_place(tmp_path_factory.mktemp("balls"))


def test_a_sheet_of_volumes_is_a_picture_with_both_outlines(volumes: balls.Place) -> None:
    path = preview(volumes.workspace, cohort=volumes.cohort, split=volumes.split, spec=balls.spec(), data_root=volumes.data)
    assert path.name == "preview-balls.png"
    pixels = np.asarray(Image.open(io.BytesIO(path.read_bytes())).convert("RGB")).astype(int)
    for colour in ((242, 169, 59), (63, 193, 201)):
        assert (np.abs(pixels - colour).sum(-1) < 12).any()
    again = preview(volumes.workspace, cohort=volumes.cohort, split=volumes.split, spec=balls.spec(), data_root=volumes.data)
    assert again.read_bytes() == path.read_bytes()


def test_the_first_column_is_unchanged_and_the_others_differ(shared_place: spots.Place) -> None:
    experiment = spots.spec()
    data = load_train_data(
        shared_place.workspace, cohort=shared_place.cohort, split=shared_place.split, spec=experiment,
        data_root=shared_place.data_root, progress=lambda *_: None,
    )
    rows = rows_of(data, experiment.training, seed=0)
    assert sorted(row.label for row in rows) == ["negative"] * 3 + ["positive"] * 3
    for row in rows:
        assert not np.array_equal(row.views[0].pixels, row.views[1].pixels)
    plain = rows_of(data, experiment.training.model_copy(update={"augmentation": Augmentation.NONE}), seed=0)
    assert all(np.array_equal(plain[0].views[0].pixels, view.pixels) for view in plain[0].views)
    assert np.array_equal(plain[0].views[0].pixels, rows[0].views[0].pixels)
