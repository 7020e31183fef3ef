import io
from pathlib import Path

import numpy as np
import PIL.Image
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


COPIES = {"re-encoded": reencoded, "resized": resized, "other contrast": lambda pixels: pixels ** np.float32(1.6)}


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
