import io
from pathlib import Path

import numpy as np
import PIL.Image
import PIL.ImageDraw
import pytest

from cauce.dataset.near_duplicates import near_duplicates
from cauce.dataset.thumbnail import shrink
from cauce.predictor.source import load_file
from dataset.cohorts import picture

SIZE = 64


def reencoded(pixels: np.ndarray, quality: int = 40) -> np.ndarray:
    stream = io.BytesIO()
    PIL.Image.fromarray((pixels * 255).astype(np.uint8)).save(stream, "JPEG", quality=quality)
    return np.asarray(PIL.Image.open(stream), dtype=np.float32) / 255


def resized(pixels: np.ndarray) -> np.ndarray:
    height, width = pixels.shape
    doubled = PIL.Image.fromarray((pixels * 255).astype(np.uint8)).resize((width * 2, height * 2))
    return np.asarray(doubled, dtype=np.float32) / 255


def turned(pixels: np.ndarray) -> np.ndarray:
    return np.asarray(PIL.Image.fromarray(pixels).rotate(5, PIL.Image.Resampling.BILINEAR), dtype=np.float32)


def cropped(pixels: np.ndarray) -> np.ndarray:
    rows, columns = (round(0.05 * size) for size in pixels.shape)
    return pixels[rows:, columns:]


def noised(pixels: np.ndarray) -> np.ndarray:
    noise = np.random.default_rng(5).normal(0, 0.04, pixels.shape)
    return np.clip(pixels + noise, 0, 1).astype(np.float32)


def written_on(pixels: np.ndarray) -> np.ndarray:
    image = PIL.Image.fromarray((pixels * 255).astype(np.uint8))
    draw = PIL.ImageDraw.Draw(image)
    for place in ((10, 12), (90, 180)):
        draw.text(place, "PORTABLE 12:30", fill=255, font_size=18)
    return np.asarray(image, dtype=np.float32) / 255


def mirrored(pixels: np.ndarray) -> np.ndarray:
    return pixels[:, ::-1]


COPIES = {
    "re-encoded": reencoded, "resized": resized, "other contrast": lambda pixels: pixels ** np.float32(1.6),
    "mirrored": mirrored, "turned": turned, "cropped": cropped, "noised": noised, "written on": written_on,
    "mirrored and turned": lambda pixels: turned(mirrored(pixels)),
    "cropped and re-encoded": lambda pixels: reencoded(cropped(pixels)),
    "negative": lambda pixels: pixels.max() - pixels, "upside down": lambda pixels: pixels[::-1, ::-1],
    "quarter turn": np.rot90, "negative, mirrored and a quarter turn": lambda pixels: np.rot90(mirrored(1 - pixels)),
}


def test_pictures_of_their_own_are_no_duplicates() -> None:
    assert near_duplicates(np.stack([shrink(picture(seed) / np.float32(255), SIZE) for seed in range(60)])) == []


@pytest.mark.parametrize("kind", COPIES)
def test_planted_copies_of_real_radiographs_are_found_and_nothing_else(kind: str, real_data: Path) -> None:
    files = sorted((real_data / "chest_xray_paediatric" / "images").iterdir())[::40]
    originals = [load_file(path, path.name, key=None).image.pixels for path in files]
    planted = [COPIES[kind](pixels) for pixels in originals[:20]]
    pairs = near_duplicates(np.stack([shrink(pixels, SIZE) for pixels in [*originals, *planted]]))
    assert [(pair.first, pair.second) for pair in pairs] == [(number, len(originals) + number) for number in range(20)]


def test_blank_images_are_not_copies_of_one_another() -> None:
    assert near_duplicates(np.stack([np.full((SIZE, SIZE), value, dtype=np.uint8) for value in (0, 0, 255)])) == []


def test_pairs_across_blocks_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cauce.dataset.near_duplicates._BLOCK", 7)
    stack = np.stack([shrink(picture(seed % 25) / np.float32(255), SIZE) for seed in range(40)])
    assert [(pair.first, pair.second) for pair in near_duplicates(stack)] == [(number, number + 25) for number in range(15)]


@pytest.mark.parametrize(("kind", "mirror", "degrees", "scale"), [
    ("mirrored", True, 0.0, 1.0), ("upside down", False, 180.0, 1.0), ("quarter turn", False, 90.0, 1.0),
    ("turned", False, 5.0, 1.0), ("cropped", False, 0.0, 0.95), ("noised", False, 0.0, 1.0),
])
def test_how_a_copy_was_made_is_estimated(kind: str, mirror: bool, degrees: float, scale: float, real_data: Path) -> None:
    files = sorted((real_data / "chest_xray_paediatric" / "images").iterdir())[:400:80]
    originals = [load_file(path, path.name, key=None).image.pixels for path in files]
    stack = np.stack([shrink(pixels, SIZE) for pixels in [*originals, *map(COPIES[kind], originals)]])
    pairs = near_duplicates(stack)
    assert len(pairs) == len(originals)
    for pair in pairs:
        assert pair.mirrored is mirror
        assert pair.degrees == pytest.approx(degrees, abs=0.5)
        assert pair.scale == pytest.approx(scale, abs=0.01)


def test_a_negative_is_said_to_be_one(real_data: Path) -> None:
    path = next(iter(sorted((real_data / "chest_xray_paediatric" / "images").iterdir())))
    pixels = load_file(path, path.name, key=None).image.pixels
    for changed, is_negative in ((1 - pixels, True), (pixels**1.4, False)):
        (pair,) = near_duplicates(np.stack([shrink(each.astype(np.float32), SIZE) for each in (pixels, changed)]))
        assert pair.inverted is is_negative


def test_many_copies_of_one_image_are_all_paired() -> None:
    one = shrink(picture(3) / np.float32(255), SIZE)
    others = [shrink(picture(seed) / np.float32(255), SIZE) for seed in (4, 5)]
    pairs = near_duplicates(np.stack([one] * 12 + others))
    assert len(pairs) == 12 * 11 // 2


def on_empty_ground(number: int) -> np.ndarray:
    """Like a brain without its skull: an oval of tissue of its own, the same outline as all the others, on nothing."""
    y, x = np.mgrid[-1:1:128j, -1:1:128j]
    tissue = (picture(number) / np.float32(255))[:128, :128]
    tissue = np.pad(tissue, [(0, 128 - size) for size in tissue.shape], mode="reflect")
    return np.where((x / 0.62) ** 2 + (y / 0.8) ** 2 < 1, 0.5 + 0.3 * tissue, 0).astype(np.float32)


def test_an_outline_in_common_on_an_empty_ground_makes_no_copies_and_hides_none() -> None:
    pictures = [on_empty_ground(number) for number in range(12)]
    changed = [np.where(pictures[0] > 0, pictures[0] ** 1.3, 0), mirrored(pictures[1]), turned(pictures[2])]
    found = near_duplicates(np.stack([shrink(each.astype(np.float32), SIZE) for each in (*pictures, *changed)]))
    assert {(pair.first, pair.second) for pair in found} == {(0, 12), (1, 13), (2, 14)}
