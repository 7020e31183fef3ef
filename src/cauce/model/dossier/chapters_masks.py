"""Chapters 8 and 10 of a model that segments: overlap and distance of masks by class, volumes, and the worst cases."""

import math

import numpy as np

from cauce.model.dossier.chapters_results import methods_table, metrics_table
from cauce.model.dossier.document import Cell, Chapter, Facts, Figure, Prose, Section, Table
from cauce.model.dossier.figures import sign
from cauce.model.dossier.inputs import Evidence
from cauce.model.dossier.parts import EVALUATION, PREDICTIONS, blank, section
from cauce.model.dossier.plot import BLUE, COLOURS, GREY, RED, Plot
from cauce.model.dossier.words import Words

_WORST = 20
_LIMITS = 1.96


def mask_results(evidence: Evidence, words: Words) -> Chapter:
    """Counts, metrics by class, Dice of every case, agreement of volumes."""
    report = evidence.report
    counts = Facts((
        (words("label.patients"), words.count(report.n_patients, EVALUATION, "n_patients")),
        (words("label.images"), words.count(report.n_instances, EVALUATION, "n_instances")),
        (words("label.no_prediction"), words.share(report.missing, report.n_instances, EVALUATION, "missing")),
    ))
    return Chapter(words("chapter.results"), (
        section(words, "results.primary", Prose(words("mask_results_note")), counts,
                metrics_table("table.mask_metrics", list(report.metrics), words),
                Figure(words("figure.dice"), _dice(evidence, words), PREDICTIONS, 0.72)),
        section(words, "results.volumes", Prose(words("volumes_note")),
                Figure(words("figure.volumes"), _volumes(evidence, words), PREDICTIONS, 0.72)),
        section(words, "results.external", Prose(words("external_none" if not evidence.split.external else "external_apart"))),
        section(words, "results.methods", Prose(words("methods_note")), methods_table(report.metrics, words)),
    ))


def mask_robustness(evidence: Evidence, words: Words) -> Chapter:
    """What disturbed images do is for people to fill; the cases with the lowest Dice are listed."""
    return Chapter(words("chapter.robustness"), (
        section(words, "robustness.corruptions", blank(evidence, words, "corruptions")), _failures(evidence, words),
    ))


def _failures(evidence: Evidence, words: Words) -> Section:
    classes = evidence.model.contract.reference.classes
    worst = sorted(evidence.measured, key=lambda case: (_first(case.dice), case.row.path))[:_WORST]
    rows: list[tuple[Cell, ...]] = []
    for case in worst:
        path = f"{case.row.path}/dice"
        rows.append((case.row.path, *(_number(words, each.dice, f"{path}/{name}")
                                      for name, each in zip(classes, case.classes, strict=True)), case.reason or "–"))
    header = (words("label.instance"), *(f"Dice, {name}" for name in classes), words("label.reason"))
    return section(words, "robustness.failures", Prose(words("mask_failures_note", shown=len(worst))),
                   Table(words("table.mask_failures"), header, tuple(rows)))


def _first(dice: float) -> float:
    return 2.0 if math.isnan(dice) else dice  # nothing to find and nothing found is no failure


def _number(words: Words, value: float, path: str) -> Cell:
    return "–" if not math.isfinite(value) else words.real(value, 3, PREDICTIONS, path)


def _dice(evidence: Evidence, words: Words) -> str:
    classes = evidence.model.contract.reference.classes
    plot = Plot("", "Dice", x_range=(-0.5, len(classes) - 0.5), x_ticks=(), decimal=sign(words), size=(400, 240))
    for place, name in enumerate(classes):
        values = [case.classes[place].dice for case in evidence.measured]
        found = sorted(value for value in values if not math.isnan(value))
        for number, value in enumerate(found):
            plot.dot(place - 0.22 + 0.44 * ((number * 7) % len(found)) / max(len(found) - 1, 1), value, BLUE)
        if found:
            low, middle, high = (float(each) for each in np.percentile(found, [25, 50, 75]))
            plot.line([(place - 0.32, middle), (place + 0.32, middle)], RED, width=2)
            plot.line([(place + 0.32, low), (place + 0.32, high)], RED, width=2)
        plot.tick(place, name)
    plot.legend += [(words("one_case"), BLUE, False), (words("median_quartiles"), RED, False)]
    return plot.svg()


def _volumes(evidence: Evidence, words: Words) -> str:
    """Bland and Altman 1986, 10.1016/S0140-6736(86)90837-8."""
    classes = evidence.model.contract.reference.classes
    pairs = [np.array([(case.classes[place].reference_ml, case.classes[place].predicted_ml) for case in evidence.measured])
             for place in range(len(classes))]
    means = [pair.mean(axis=1) for pair in pairs]
    gaps = [pair[:, 1] - pair[:, 0] for pair in pairs]
    everything = np.concatenate(gaps)
    bias, spread = float(everything.mean()), float(everything.std(ddof=1)) if len(everything) > 1 else 0.0
    right = float(max(np.concatenate(means).max(), 1e-6)) * 1.05
    reach = max(float(np.abs(everything).max()), abs(bias) + _LIMITS * spread, 1e-6) * 1.15
    plot = Plot(words("mean_volume"), words("volume_gap"), x_range=(0, right), y_range=(-reach, reach),
                x_ticks=_ticks(0, right), y_ticks=_ticks(-reach, reach), decimal=sign(words), size=(400, 250))
    plot.line([(0, 0), (right, 0)], GREY, width=1)
    plot.line([(0, bias), (right, bias)], RED, width=1.4, label=words("bias"))
    for limit in (bias - _LIMITS * spread, bias + _LIMITS * spread):
        plot.line([(0, limit), (right, limit)], RED, width=1, dashed=True)
    plot.legend.append((words("agreement_limits"), RED, True))
    for name, colour, mean, gap in zip(classes, (BLUE, *COLOURS[2:]) * len(classes), means, gaps, strict=False):
        for x, y in zip(mean.tolist(), gap.tolist(), strict=True):
            plot.dot(x, y, colour)
        plot.legend.append((name, colour, False))
    return plot.svg()


def _ticks(low: float, high: float) -> list[float]:
    """About five round numbers inside a range."""
    step = 10 ** math.floor(math.log10((high - low) / 4))
    step *= next(factor for factor in (1, 2, 5, 10) if (high - low) / (step * factor) <= 6)
    first = math.ceil(low / step)
    return [round(number * step, 10) for number in range(first, math.floor(high / step) + 1)]
