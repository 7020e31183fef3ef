"""Where a finding is said to lie."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cauce.clinical.chest_xray.localise import heat_map_of, place_of, upsample
from cauce.dicom.image import Image
from cauce.domain.result import HeatMap, Side, Zone
from chest_results import RECIPE, activation_at

shapes = st.tuples(st.integers(80, 400), st.integers(80, 400))
shares = st.tuples(st.floats(0.15, 0.85), st.floats(0.15, 0.85))


def image_of(shape: tuple[int, int], **geometry: object) -> Image:
    return Image(pixels=np.zeros(shape, dtype=np.float32), **geometry)  # type: ignore[arg-type]


@settings(deadline=None, max_examples=40)
@given(shapes, shares)
def test_a_bright_spot_is_found_where_it_is_whatever_the_shape_of_the_image(
    shape: tuple[int, int], share: tuple[float, float]
) -> None:
    image = image_of(shape)
    x, y = share[0] * shape[1], share[1] * shape[0]
    place = place_of(heat_map_of(RECIPE, activation_at(x, y, image), shape), image)
    assert place is not None
    cell = max(shape) / 16
    assert abs(place.centre[0] - x) <= cell
    assert abs(place.centre[1] - y) <= cell
    left, top, right, bottom = place.box
    assert 0 <= left < place.centre[0] < right <= shape[1]
    assert 0 <= top < place.centre[1] < bottom <= shape[0]


@settings(deadline=None, max_examples=40)
@given(shapes, shares)
def test_side_and_zone_agree_with_the_centre(shape: tuple[int, int], share: tuple[float, float]) -> None:
    image = image_of(shape)
    place = place_of(heat_map_of(RECIPE, activation_at(share[0] * shape[1], share[1] * shape[0], image), shape), image)
    assert place is not None
    assert place.side is (Side.LEFT if place.centre[0] >= shape[1] / 2 else Side.RIGHT)
    assert place.zone is (Zone.UPPER, Zone.MIDDLE, Zone.LOWER)[int(3 * place.centre[1] / shape[0])]


def test_an_image_stored_the_other_way_round_turns_the_side() -> None:
    standard, mirrored = (image_of((300, 300), patient_orientation=(side, "F")) for side in "LR")
    heat = heat_map_of(RECIPE, activation_at(60, 100, standard), (300, 300))
    found = [place_of(heat, image) for image in (standard, mirrored)]
    assert [place.side for place in found if place] == [Side.RIGHT, Side.LEFT]


def test_millimetres_follow_row_and_column_spacing() -> None:
    image = image_of((300, 200), spacing_mm=(0.5, 0.2))
    place = place_of(heat_map_of(RECIPE, activation_at(60, 100, image), (300, 200)), image)
    assert place is not None
    assert place.centre_mm == pytest.approx((place.centre[0] * 0.2, place.centre[1] * 0.5), abs=0.02)


def test_nothing_that_speaks_for_abnormality_gives_an_empty_map_and_no_place() -> None:
    heat = heat_map_of(RECIPE, np.full((16, 16), -1.0, dtype=np.float32), (200, 200))
    assert max(heat.values) == 0
    assert place_of(heat, image_of((200, 200))) is None


def test_two_separate_spots_are_not_joined_into_one_box() -> None:
    image = image_of((320, 320))
    both = np.maximum(activation_at(60, 60, image), 0.9 * activation_at(260, 260, image))
    place = place_of(heat_map_of(RECIPE, both, (320, 320)), image)
    assert place is not None
    assert place.box[2] < 160


@settings(deadline=None, max_examples=25)
@given(st.integers(2, 12), st.integers(2, 12), st.integers(0, 2**32 - 1))
def test_smoothing_never_leaves_the_range_of_the_map(rows: int, columns: int, seed: int) -> None:
    values = np.random.default_rng(seed).random(rows * columns)
    fine = upsample(HeatMap(rows=rows, columns=columns, values=tuple(float(value) for value in values)), (97, 83))
    assert fine.shape == (97, 83)
    assert fine.min() >= values.min() - 1e-6
    assert fine.max() <= values.max() + 1e-6
