"""The images that went worst, as one picture: what a person looks at first to learn what a model gets wrong."""

import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cauce.domain.errors import MissingExtraError
from cauce.domain.model import StoredPicture
from cauce.domain.study import InstanceRow
from cauce.model.scoring import Images
from cauce.report.pillow_adapter import resize
from cauce.store.workspace import Workspace

MOST = 20
FILE = "worst.png"

_COLUMNS, _INCHES, _DPI, _SIDE = 5, 1.9, 150, 256


@dataclass(frozen=True)
class Answered:
    """An image with an answer.

    Attributes:
        error: how far the answer is from the right one; larger is worse.
        said: reference and answer, in a few words.
    """

    row: InstanceRow
    error: float
    said: str


def worst_images(workspace: Workspace, answered: Sequence[Answered], images: Images) -> tuple[StoredPicture, ...]:
    """A contact sheet of the images with the largest errors, the worst first; nothing when no image was answered.

    Raises:
        IntegrityError: an image was changed since it was indexed.
        MissingExtraError: matplotlib is not installed.
    """
    worst = sorted(answered, key=lambda each: (-each.error, each.row.path))[:MOST]
    if not worst:
        return ()
    pixels = [_small(images.load(each.row).image.pixels) for each in worst]
    caption = f"The {len(worst)} images whose answer is farthest from the reference, the worst first."
    return (StoredPicture(file=FILE, caption=caption, sha256=workspace.arrays.put_bytes(_sheet(worst, pixels))),)


def _small(pixels: NDArray[np.float32]) -> NDArray[np.float32]:
    """At most `_SIDE` pixels along the longer side."""
    factor = _SIDE / max(pixels.shape)
    if factor >= 1:
        return pixels
    rows, columns = (max(round(size * factor), 1) for size in pixels.shape)
    return resize(pixels, (rows, columns))


def _sheet(worst: Sequence[Answered], pixels: Sequence[NDArray[np.float32]]) -> bytes:
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError:
        raise MissingExtraError("matplotlib is not installed", remedy="pip install 'cauce[train]'") from None
    rows = -(-len(worst) // _COLUMNS)
    figure = Figure(figsize=(_COLUMNS * _INCHES, rows * (_INCHES + 0.35)), dpi=_DPI, layout="constrained")
    places = figure.subplots(rows, _COLUMNS, squeeze=False).ravel()
    for place in places:
        place.set_axis_off()
    for place, each, image in zip(places, worst, pixels, strict=False):
        place.imshow(image, cmap="gray", interpolation="nearest")
        place.set_title(f"{each.row.path.rsplit('/', 1)[-1][-28:]}\n{each.said}", fontsize=6.5, color="#1c2733")
    stream = io.BytesIO()
    FigureCanvasAgg(figure)
    figure.savefig(stream, format="png", dpi=_DPI, metadata={"Software": None})
    return stream.getvalue()
