"""One image beside its map: a PNG for each case."""

import io
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cauce.domain.errors import MissingExtraError
from cauce.domain.explanation import ExplainedCase
from cauce.model.explain.places import Region

Floats = NDArray[np.float32]

_INCHES, _DPI, _LARGEST = 3.6, 150, 640
_INK, _MARKED, _PEAK = "#1c2733", "#35e0e8", "#ffffff"


@dataclass(frozen=True, eq=False)
class Shown:
    """What a picture needs: pixels and map of the stored image, the pixels' height over width, and what is marked."""

    pixels: Floats
    on_image: Floats
    aspect: float
    region: Region | None


def case_png(shown: Shown, case: ExplainedCase) -> bytes:
    """The image, and the image under its map; an outline around what the reference marks, a cross at the map's peak.

    Raises:
        MissingExtraError: matplotlib is not installed.
    """
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError:
        raise MissingExtraError("matplotlib is not installed", remedy="pip install 'cauce[train]'") from None
    rows, columns = shown.pixels.shape
    step = max(1, -(-max(rows, columns) // _LARGEST))
    tall = _INCHES * rows * shown.aspect / columns
    figure = Figure(figsize=(2 * _INCHES + 0.2, min(tall, 2 * _INCHES) + 0.75), dpi=_DPI, layout="constrained")
    low, high = np.percentile(shown.pixels[::step, ::step], [0.5, 99.5])
    extent = (0, columns, rows, 0)
    panels = figure.subplots(1, 2)
    for panel in panels:
        panel.set_axis_off()
        panel.imshow(shown.pixels[::step, ::step], cmap="gray", vmin=low, vmax=max(high, low + 1e-6), extent=extent,
                     aspect=shown.aspect)
        if shown.region is not None:
            outline = np.pad(shown.region[::step, ::step], 1).astype(float)
            places = [(np.arange(n + 2) - 0.5) * step for n in shown.region[::step, ::step].shape]
            panel.contour(places[1], places[0], outline, levels=[0.5], colors=[_MARKED], linewidths=1.2)
    strength = shown.on_image / max(float(shown.on_image.max()), 1e-12)
    panels[1].imshow(strength, cmap="inferno", vmin=0, vmax=1, alpha=0.75 * np.sqrt(strength), extent=extent,
                     aspect=shown.aspect, interpolation="bilinear")
    if case.peak is not None:
        panels[1].plot(*case.peak, marker="+", color=_PEAK, markersize=11, markeredgewidth=1.8)
    for panel in panels:
        panel.set(xlim=(0, columns), ylim=(rows, 0))
    panels[0].set_title(f"{case.instance.rsplit('/', 1)[-1]}\nreference: {case.label}", fontsize=8.5, color=_INK)
    panels[1].set_title(f"{case.explained}: probability {case.probability:.3f}\n{_place(case)}", fontsize=8.5, color=_INK)
    stream = io.BytesIO()
    FigureCanvasAgg(figure)
    figure.savefig(stream, format="png", dpi=_DPI, metadata={"Software": None})
    return stream.getvalue()


def _place(case: ExplainedCase) -> str:
    if case.peak is None:
        return "nothing in the image speaks for it"
    if case.hit is None:
        return "+ highest point"
    return "+ highest point, inside the marked place" if case.hit else "+ highest point, outside the marked place"
