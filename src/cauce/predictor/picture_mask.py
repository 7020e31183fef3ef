"""PNG or TIFF pictures → masks and instance maps of single images."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cauce.domain.errors import InputError, NoClassError, OtherShapeError
from cauce.predictor.pillow_adapter import read_values


def load_picture_mask(
    path: Path, name: str, *, shape: tuple[int, int], classes: tuple[str, ...], values: Mapping[str, int] | None
) -> NDArray[np.uint8]:
    """Mask as uint8 (rows, columns), 0 for background and i + 1 for class i.

    Args:
        path: a picture of whole numbers in one channel, or a palette.
        name: what messages call it.
        shape: of the image that it belongs to.
        classes: of the reference standard.
        values: value of the picture's pixels by class; None when value i + 1 is class i.

    Raises:
        InputError, UnreadableImageError: missing or damaged.
        OtherShapeError, NoClassError: it does not fit the image or the classes.
    """
    pixels = _pixels(path, name, shape)
    wanted = {classes.index(each) + 1: value for each, value in values.items()} if values else {
        number: number for number in range(1, len(classes) + 1)
    }
    foreign = sorted(set(np.unique(pixels).tolist()) - {0, *wanted.values()})
    if foreign:
        raise NoClassError(
            "the mask holds values that are no class", where=name, expected=", ".join(map(str, (0, *wanted.values()))),
            got=", ".join(map(str, foreign[:5])),
            remedy="Correct the mask, or give source.readings.mask_values in cohort.yaml.",
        )
    mask = np.zeros(pixels.shape, dtype=np.uint8)
    for number, value in wanted.items():
        mask[pixels == value] = number
    return mask


def load_instance_map(path: Path, name: str, *, shape: tuple[int, int]) -> NDArray[np.int32]:
    """Instance map as int32 (rows, columns): 0 for background, a number for each object.

    Raises:
        InputError, UnreadableImageError, OtherShapeError: as `load_picture_mask`.
    """
    return _pixels(path, name, shape)


def _pixels(path: Path, name: str, shape: tuple[int, int]) -> NDArray[np.int32]:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"the mask cannot be opened ({type(error).__name__})", where=name,
                         remedy="Check that it exists and may be read.") from None
    pixels = read_values(data, name)
    if pixels.shape != shape:
        raise OtherShapeError("another shape than the image", where=name, expected=f"{shape[0]} × {shape[1]}",
                              got=f"{pixels.shape[0]} × {pixels.shape[1]}", remedy="Resample it on the image's grid.")
    return pixels
