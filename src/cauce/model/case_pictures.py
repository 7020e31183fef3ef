"""The cases that went worst, as one picture: the slice that tells most, reference and prediction as contours."""

import heapq
import io
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from cauce.domain.errors import MissingExtraError
from cauce.domain.preprocess import VolumeRecipe
from cauce.model.segmenting import MeasuredCase
from cauce.predictor.volume_preprocess import PreparedVolume, prepare_mask

Floats = NDArray[np.float32]
Classes = NDArray[np.uint8]

_COLOURS = ("#f5a623", "#35b7e8", "#8bd450", "#e35d9e", "#b58cff", "#f2e14c")
_COLUMNS, _INCHES, _DPI = 4, 2.3, 150


@dataclass(frozen=True, order=True)
class DrawnCase:
    """One slice (rows, columns) of one case, and its masks there. Ordered by Dice, then by name."""

    dice: float
    name: str
    image: Floats = field(compare=False)
    reference: Classes = field(compare=False)
    prediction: Classes = field(compare=False)
    spacing_mm: tuple[float, float] = field(compare=False)


class WorstCases:
    """Keeps the `most` cases with the lowest Dice while an evaluation goes through them, a slice of each."""

    def __init__(self, recipe: VolumeRecipe, most: int) -> None:
        self._recipe, self._most = recipe, most
        self._heap: list[tuple[float, str, DrawnCase]] = []

    def see(self, case: MeasuredCase, volume: PreparedVolume, reference: Classes, prediction: Classes) -> None:
        """Offer a case, its masks on the stored grid. Cases without a Dice are not among the worst."""
        if np.isnan(case.dice):
            return
        masks = [prepare_mask(self._recipe, mask, volume.source, case.row.path) for mask in (reference, prediction)]
        drawn = _draw(case, volume, masks[0], masks[1])
        heapq.heappush(self._heap, (-drawn.dice, drawn.name, drawn))
        if len(self._heap) > self._most:
            heapq.heappop(self._heap)

    def cases(self) -> list[DrawnCase]:
        """The worst first."""
        return sorted(drawn for _, _, drawn in self._heap)


def cases_png(cases: list[DrawnCase], classes: tuple[str, ...]) -> bytes:
    """Contact sheet: solid contours are the reference, dashed ones the prediction, a colour for each class.

    Raises:
        MissingExtraError: matplotlib is not installed.
    """
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
        from matplotlib.lines import Line2D
    except ImportError:
        raise MissingExtraError("matplotlib is not installed", remedy="pip install 'cauce[train]'") from None
    rows = -(-len(cases) // _COLUMNS)
    figure = Figure(figsize=(_COLUMNS * _INCHES, rows * (_INCHES + 0.25) + 0.4), dpi=_DPI, layout="constrained")
    axes = np.atleast_1d(figure.subplots(rows, _COLUMNS, squeeze=False)).ravel()
    for place in axes:
        place.set_axis_off()
    for place, case in zip(axes, cases, strict=False):
        low, high = np.percentile(case.image, [0.5, 99.5])
        place.imshow(case.image, cmap="gray", vmin=low, vmax=max(high, low + 1e-6), interpolation="nearest",
                     aspect=case.spacing_mm[0] / case.spacing_mm[1])
        for value in range(1, len(classes) + 1):
            colour = _COLOURS[(value - 1) % len(_COLOURS)]
            for mask, style in ((case.reference, "solid"), (case.prediction, (0, (2, 1.2)))):
                if (mask == value).any():
                    place.contour(mask == value, levels=[0.5], colors=[colour], linewidths=1.1, linestyles=[style])
        place.set_title(f"{case.name}\nDice {case.dice:.3f}", fontsize=7.5, color="#1c2733")
    handles = [Line2D([], [], color=_COLOURS[i % len(_COLOURS)], label=name) for i, name in enumerate(classes)]
    handles += [Line2D([], [], color="#51606f", label="reference"),
                Line2D([], [], color="#51606f", linestyle=(0, (2, 1.2)), label="prediction")]
    figure.legend(handles=handles, loc="outside lower center", ncols=len(handles), frameon=False, fontsize=8)
    stream = io.BytesIO()
    FigureCanvasAgg(figure)
    figure.savefig(stream, format="png", dpi=_DPI, metadata={"Software": None})
    return stream.getvalue()


def _draw(case: MeasuredCase, volume: PreparedVolume, reference: Classes, prediction: Classes) -> DrawnCase:
    """The slice across the thickest axis in which the masks differ most, or else in which most is marked.

    As a radiologist looks at it: the patient's left on the right, front or head at the top.
    """
    spacing = volume.geometry.spacing_mm
    axis = int(np.argmax(spacing))
    others = [other for other in range(3) if other != axis]
    differing = (reference != prediction).sum(axis=tuple(others))
    place = int(np.argmax(differing if differing.any() else (reference > 0).sum(axis=tuple(others))))
    shown = slice(None, None, -1 if axis else 1)  # across y or x the rows run to the head: turn them
    cut = [slice(None)] * 3
    cut[axis] = slice(place, place + 1)
    wanted, found = (mask[tuple(cut)].squeeze(axis)[shown] for mask in (reference, prediction))
    return DrawnCase(
        case.dice, case.row.path.rsplit("/", 1)[-1], volume.voxels[0][tuple(cut)].squeeze(axis)[shown], wanted, found,
        (spacing[others[0]], spacing[others[1]]),
    )
