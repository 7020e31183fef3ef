"""Colour over a radiograph."""

import io

import numpy as np
import pytest
from PIL import Image as PillowImage

from cauce.report.heat_map import Picture, colour, colour_map, original_picture, overlay_picture
from chest_results import OPERATING_POINT, instance_result, radiograph


def opened(picture: Picture) -> np.ndarray:
    return np.asarray(PillowImage.open(io.BytesIO(picture.png)).convert("RGB")).astype(int)


def luminance(rgb: np.ndarray) -> np.ndarray:
    return rgb @ np.array([0.2126, 0.7152, 0.0722])


def test_the_colour_map_grows_lighter_all_the_way() -> None:
    linear = luminance((colour_map() / 255.0) ** 2.2)
    smooth = np.convolve(linear, np.ones(5) / 5, mode="valid")  # 8-bit rounding makes single steps uneven
    assert (np.diff(smooth) > 0).all()
    assert linear[-1] > 10 * linear[0]


def test_the_radiograph_stays_readable_under_the_strongest_colour() -> None:
    pixels = np.tile(np.linspace(0, 1, 64, dtype=np.float32), (64, 1))
    shown = luminance(colour(pixels, np.ones((64, 64), dtype=np.float32), strength=1.0).astype(float))
    assert (np.diff(shown[0]) >= -0.5).all()
    assert shown[0, -1] - shown[0, 0] > 100


def test_no_response_and_no_strength_leave_the_grey_values_alone() -> None:
    pixels = np.random.default_rng(0).random((32, 32)).astype(np.float32)
    expected = (pixels * 255 + 0.5).astype(np.uint8)
    for heat, strength in ((np.zeros((32, 32)), 1.0), (np.ones((32, 32)), 0.0)):
        shown = colour(pixels, heat.astype(np.float32), strength=strength)
        assert (shown == expected[..., None]).all()


def test_colour_lies_on_the_finding_and_nowhere_far_from_it() -> None:
    loaded = radiograph()
    result = instance_result(loaded, 0.9, at=(60.0, 80.0))
    shown = opened(overlay_picture(loaded.image.pixels, result, OPERATING_POINT, longest_side=256))
    tint = np.abs(shown - shown.mean(axis=2, keepdims=True)).sum(axis=2)
    row, column = np.unravel_index(int(tint.argmax()), tint.shape)
    scale = 256 / max(loaded.image.pixels.shape)
    assert abs(column - 60 * scale) < 30
    assert abs(row - 80 * scale) < 30
    assert tint[:, int(160 * scale):].max() <= 3


def test_below_the_operating_point_nothing_is_pointed_out() -> None:
    loaded = radiograph()
    plain = opened(original_picture(loaded.image.pixels))
    strong, faint = (
        np.abs(opened(overlay_picture(loaded.image.pixels, instance_result(loaded, value), OPERATING_POINT)) - plain).max()
        for value in (0.9, 0.05)
    )
    assert faint < strong / 4


def test_a_refused_image_is_shown_as_it_is() -> None:
    from cauce.domain.result import Refusal

    loaded = radiograph()
    result = instance_result(loaded, None, refusal=Refusal(code="x", reason="x"))
    assert overlay_picture(loaded.image.pixels, result, OPERATING_POINT) == original_picture(loaded.image.pixels)


@pytest.mark.parametrize("shape", [(50, 200), (900, 300), (3, 3)])
def test_pictures_keep_the_aspect_of_the_image(shape: tuple[int, int]) -> None:
    picture = original_picture(np.zeros(shape, dtype=np.float32), longest_side=400)
    assert max(picture.rows, picture.columns) == 400
    assert picture.rows / picture.columns == pytest.approx(shape[0] / shape[1], rel=0.02)
