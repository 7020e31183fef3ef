"""The drawings of a dossier: flow of patients, learning curves, ROC, calibration, scores, net benefit, subgroups."""

from collections.abc import Sequence

import numpy as np

from cauce.domain.estimate import Estimate
from cauce.domain.experiment import Trial
from cauce.domain.model import Subgroup
from cauce.metrics.calibration_error import reliability_bins
from cauce.metrics.cases import Cases
from cauce.metrics.curves import roc_curve
from cauce.metrics.net_benefit import decision_curve
from cauce.metrics.proportion import wilson
from cauce.model.dossier.plot import BLUE, COLOURS, GREY, INK, RED, SOFT, Plot, text
from cauce.model.dossier.words import Words
from cauce.store.settings import Language


def sign(words: Words) -> str:
    """The decimal sign."""
    return "," if words.language is Language.SPANISH else "."


def roc(cases: Cases, metrics: dict[str, Estimate], words: Words) -> str:
    """ROC curve with the frozen operating point and its intervals."""
    plot = Plot(words("one_minus_specificity"), words("metric.sensitivity"), decimal=sign(words))
    plot.line([(0, 0), (1, 1)], GREY, dashed=True, width=1, label=words("chance"))
    false, hits = roc_curve(cases)
    plot.line(list(zip(false.tolist(), hits.tolist(), strict=True)), BLUE, label=words("roc_curve"))
    hit, right = metrics.get("sensitivity"), metrics.get("specificity")
    if hit is not None and right is not None and _there(hit) and _there(right):
        plot.mark(1 - _value(right), _value(hit), RED, across=(_low(hit), _high(hit)),
                  along=(1 - _high(right), 1 - _low(right)))
        plot.legend.append((words("operating_point"), RED, False))
    return plot.svg()


def calibration(cases: Cases, words: Words) -> str:
    """Observed share against mean probability in bins of equal numbers, with Wilson intervals over patients."""
    plot = Plot(words("mean_probability"), words("observed_share"), decimal=sign(words))
    plot.line([(0, 0), (1, 1)], GREY, dashed=True, width=1, label=words("perfect"))
    bins = reliability_bins(cases, 10)
    for number, (x, y) in enumerate(zip(bins.mean_probability.tolist(), bins.observed.tolist(), strict=True)):
        patients = cases.patients_with(bins.of_case == number)
        plot.mark(x, y, BLUE, across=wilson(y * patients, patients))
    plot.legend.append((words("bins"), BLUE, False))
    return plot.svg()


def scores(cases: Cases, threshold: float, words: Words) -> str:
    """How the probabilities of both classes lie, and the frozen threshold."""
    edges = np.linspace(0, 1, 21)
    shares = [np.histogram(cases.score[cases.positive == kind], edges)[0] / max(int((cases.positive == kind).sum()), 1)
              for kind in (True, False)]
    top = max(float(max(share.max() for share in shares)), 0.1) * 1.08
    plot = Plot(words("probability"), words("share_of_images"), y_range=(0, top), decimal=sign(words),
                y_ticks=[tick for tick in (0, 0.1, 0.2, 0.3, 0.4, 0.6, 0.8, 1) if tick <= top])
    for share, colour, label in zip(shares, (RED, BLUE), ("with_finding", "without_finding"), strict=True):
        for left, right, height in zip(edges, edges[1:], share, strict=False):
            plot.bar((float(left), float(right)), (0, float(height)), colour)
        plot.legend.append((words(label), colour, False))
    plot.line([(threshold, 0), (threshold, top)], INK, dashed=True, width=1, label=words("threshold"))
    return plot.svg()


def benefit(cases: Cases, words: Words) -> str:
    """Net benefit over thresholds, beside treating all and none."""
    thresholds = np.linspace(0.01, 0.8, 80)
    of_model, of_all = decision_curve(cases, thresholds)
    top = float(max(of_model.max(), 0.05)) * 1.15
    low = -0.15 * top
    plot = Plot(words("threshold_probability"), words("metric.net benefit"), x_range=(0, 0.8), y_range=(low, top),
                x_ticks=(0, 0.2, 0.4, 0.6, 0.8), y_ticks=[tick for tick in (0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6) if tick <= top],
                decimal=sign(words))
    kept = of_all >= low
    plot.line([(0, 0), (0.8, 0)], GREY, dashed=True, width=1, label=words("nobody"))
    all_called = list(zip(thresholds[kept].tolist(), of_all[kept].tolist(), strict=True))
    plot.line(all_called, RED, width=1.2, label=words("everybody"))
    inside = of_model >= low
    plot.line(list(zip(thresholds[inside].tolist(), of_model[inside].tolist(), strict=True)), BLUE, label=words("the_model"))
    return plot.svg()


def learning(trial: Trial, words: Words) -> str | None:
    """Validation score of each fold by epoch; None where no curve was kept."""
    runs = [run for run in trial.runs if len(run.curve) > 1]
    if not runs:
        return None
    values = [point.score for run in runs for point in run.curve]
    low, last = max(0.0, np.floor(min(values) * 10) / 10), max(len(run.curve) for run in runs)
    step = max(1, round(last / 6))
    plot = Plot(words("epoch"), words("validation_score"), x_range=(1, last), y_range=(low, 1.0), decimal=sign(words),
                x_ticks=[1, *range(1 + step, last + 1, step)], y_ticks=np.round(np.arange(low, 1.01, 0.1), 1).tolist(),
                size=(480, 200))
    for run, colour in zip(runs, COLOURS * len(runs), strict=False):
        points = [(point.epoch + 1, point.score) for point in run.curve]
        plot.line(points, colour, label=words("fold", n=run.fold + 1))
        if run.best_epoch is not None and run.score is not None:
            plot.mark(run.best_epoch + 1, run.score, colour)
    return plot.svg()


def forest(groups: Sequence[Subgroup], overall: Estimate, metric: str, words: Words) -> str:
    """Value and interval of one metric in each subgroup, over a line at the whole test partition's value."""
    rows = [(group, found) for group in groups for found in group.metrics if found.name == metric]
    width, left, right, pitch = 490, 158, 390, 15
    height = 34 + pitch * len(rows)

    def x(value: float) -> float:
        return left + (right - left) * value

    shapes = [f'<path d="M{x(tick / 5):.1f} 8 V{height - 18}" stroke="#dde4ea"/>'
              + text(x(tick / 5), height - 5, f"{tick / 5:g}".replace(".", sign(words)), anchor="middle") for tick in range(6)]
    if _there(overall):
        shapes.append(f'<path d="M{x(_value(overall)):.1f} 8 V{height - 18}" stroke="{RED}" stroke-dasharray="4 3"/>')
    before = ""
    for number, (group, found) in enumerate(rows):
        y = 20 + pitch * number
        if group.variable != before:
            shapes.append(text(4, y + 3, words.or_same("variable", group.variable), bold=True))
            before = group.variable
        shapes.append(text(64, y + 3, words.or_same("value", group.value)[:22]))
        if not _there(found):
            shapes.append(text(left + 6, y + 3, words("insufficient"), colour=SOFT))
            continue
        shapes.append(f'<path d="M{x(_low(found)):.1f} {y} H{x(_high(found)):.1f}" stroke="{BLUE}" stroke-width="1.4"/>'
                      f'<circle cx="{x(_value(found)):.1f}" cy="{y}" r="3" fill="{BLUE}"/>')
        limits = f"{words.decimal(_value(found), 2)} ({words.decimal(_low(found), 2)} – {words.decimal(_high(found), 2)})"
        shapes.append(text(right + 12, y + 3, limits))
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
            f'font-family="Noto Sans, sans-serif">{"".join(shapes)}</svg>')


def flow(boxes: Sequence[Sequence[str]], parts: Sequence[Sequence[str]]) -> str:
    """Files indexed → included, with what was left out beside the arrow, and below it one box for each partition.

    Args:
        boxes: three boxes of lines: all files, excluded, included.
        parts: a box of lines for each partition.
    """
    wide, high, middle = 200, 58, 330
    shapes = [_box(middle - wide / 2, 4, wide, high, boxes[0]), _box(middle + 130, 74, wide, high, boxes[1]),
              _box(middle - wide / 2, 144, wide, high, boxes[2])]
    shapes += [_arrow(middle, 62, middle, 144), _arrow(middle, 103, middle + 130, 103)]
    step = 660 / len(parts)
    shapes.append(f'<path d="M{middle} 202 V222" stroke="{SOFT}" fill="none"/>')
    shapes.append(f'<path d="M{step / 2} 222 H{660 - step / 2}" stroke="{SOFT}" fill="none"/>')
    for number, lines in enumerate(parts):
        centre = step * (number + 0.5)
        size = min(wide, step - 12)
        shapes += [_arrow(centre, 222, centre, 244), _box(centre - size / 2, 244, size, high, lines)]
    return ('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 660 306" width="660" height="306" '
            f'font-family="Noto Sans, sans-serif">{"".join(shapes)}</svg>')


def _box(x: float, y: float, width: float, height: float, lines: Sequence[str]) -> str:
    words = "".join(text(x + 9, y + 17 + 15 * row, line, size=9.5, bold=row == 0) for row, line in enumerate(lines[:3]))
    return f'<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="2" fill="#f4f7f9" stroke="{BLUE}"/>{words}'


def _arrow(x1: float, y1: float, x2: float, y2: float) -> str:
    head = (f"M{x2 - 3.5} {y2 - 6} L{x2} {y2} L{x2 + 3.5} {y2 - 6} Z" if x1 == x2
            else f"M{x2 - 6} {y2 - 3.5} L{x2} {y2} L{x2 - 6} {y2 + 3.5} Z")
    return f'<path d="M{x1} {y1} L{x2} {y2}" stroke="{SOFT}"/><path d="{head}" fill="{SOFT}"/>'


def _there(found: Estimate) -> bool:
    return found.value is not None


def _value(found: Estimate) -> float:
    return float(found.value or 0)


def _low(found: Estimate) -> float:
    return float(found.lower or 0)


def _high(found: Estimate) -> float:
    return float(found.upper or 0)
