import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from cauce.domain.errors import UnreadableImageError
from cauce.domain.preprocess import Aspect, PreprocessRecipe
from cauce.predictor.preprocess import apply, layout, map_to_source, to_source

PLAIN = PreprocessRecipe(size=(64, 64), lower_percentile=0, upper_percentile=100, mean=0.0, standard_deviation=1.0)


def noise(rows: int, columns: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).random((rows, columns), dtype=np.float32)


def test_shrinking_agrees_with_pillow() -> None:
    pixels = noise(300, 300)
    pixels = (pixels - pixels.min()) / np.ptp(pixels)
    expected = np.asarray(Image.fromarray(pixels).resize((64, 64), Image.Resampling.BILINEAR))
    assert np.abs(apply(PLAIN, pixels) - expected).max() < 1e-5


def test_a_tall_image_is_padded_left_and_right_with_the_darkest_value() -> None:
    result = apply(PLAIN, noise(200, 100))
    assert layout(PLAIN, (200, 100)).width == 32
    assert (result[:, :16] == 0).all()
    assert (result[:, 48:] == 0).all()
    assert result[:, 16:48].min() > 0


def test_stretch_fills_the_whole_input() -> None:
    recipe = PLAIN.model_copy(update={"aspect": Aspect.STRETCH})
    assert apply(recipe, noise(200, 100)).min() > 0


@given(gain=st.floats(0.01, 1000), offset=st.floats(-1000, 1000))
@settings(max_examples=30, deadline=None)
def test_gain_and_offset_of_the_source_do_not_matter(gain: float, offset: float) -> None:
    pixels = noise(90, 70)
    changed = (pixels.astype(np.float64) * gain + offset).astype(np.float32)
    resolution = float(np.spacing(np.float32(abs(offset) + gain))) / gain
    assert np.abs(apply(PreprocessRecipe(), pixels) - apply(PreprocessRecipe(), changed)).max() < 1e-4 + 20 * resolution


@given(
    rows=st.integers(2, 400), columns=st.integers(2, 400), x=st.floats(0, 1), y=st.floats(0, 1), aspect=st.sampled_from(Aspect)
)
@settings(max_examples=60, deadline=None)
def test_a_place_maps_to_the_input_and_back(rows: int, columns: int, x: float, y: float, aspect: Aspect) -> None:
    recipe = PreprocessRecipe(size=(96, 128), aspect=aspect)
    place = layout(recipe, (rows, columns))
    on_input = np.array([[place.left + x * place.width, place.top + y * place.height]])
    assert to_source(recipe, (rows, columns), on_input)[0] == pytest.approx((x * columns, y * rows), abs=1e-6)


def test_a_bright_spot_is_found_again_at_its_place() -> None:
    pixels = np.zeros((400, 250), dtype=np.float32)
    pixels[300:312, 60:72] = 1
    result = apply(PLAIN, pixels)
    row, column = np.unravel_index(result.argmax(), result.shape)
    found = to_source(PLAIN, pixels.shape, np.array([[column + 0.5, row + 0.5]]))[0]
    assert np.abs(found - (66, 306)).max() < 400 / 64


def test_a_map_over_the_input_loses_its_padding() -> None:
    activation = np.zeros((8, 8), dtype=np.float32)
    activation[:, 2:6] = 1  # where a 2:1 image stands
    assert map_to_source(PLAIN, (200, 100), activation)[:, 1:-1].min() > 0.99


def test_a_map_of_a_square_image_stays_as_it_is() -> None:
    activation = noise(8, 8)
    assert map_to_source(PLAIN, (500, 500), activation) == pytest.approx(activation, abs=1e-6)


@pytest.mark.parametrize(
    "pixels", [np.zeros((50, 50), np.float32), np.full((50, 50), np.nan, np.float32), np.zeros((3, 50, 50), np.float32)]
)
def test_an_image_without_content_is_refused(pixels: np.ndarray) -> None:
    with pytest.raises(UnreadableImageError):
        apply(PLAIN, pixels)


def test_one_pixel_that_is_no_number_is_refused_wherever_it_stands() -> None:
    pixels = noise(1500, 1500)
    pixels[1, 1] = np.inf  # off the grid that percentiles are read on
    with pytest.raises(UnreadableImageError):
        apply(PLAIN, pixels)
