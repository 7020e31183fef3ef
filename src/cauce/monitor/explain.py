"""A drifted window in words: what changed, from what to what, in one sentence that names the cause."""

from collections.abc import Sequence

from cauce.domain.monitoring import ClassShare, Comparison, DriftReport, DriftTest, ShiftKind, Stream
from cauce.monitor.streams import ALL_DESCRIPTORS, PROBABILITY
from cauce.monitor.words import SHIFTS, variable
from cauce.store.settings import Language

_MOST_TAGS = 3
_MOST_DESCRIPTORS = 3

# Descriptors that say the same thing to a person; the sentence names the one of each group that changed most.
_GROUPS = (
    ("contrast", "standard_deviation"), ("mean", "p25", "p50", "p75"), ("p01",), ("p99",), ("noise",), ("sharpness",),
    ("border_fraction",), (ALL_DESCRIPTORS,),
)
_IN_POINTS = frozenset({"p01", "p25", "p50", "p75", "p99", "mean"})
# A tag that names the source comes before the tags that follow from it.
_SOURCES = ("vendor", "origin", "model", "view")
_PHRASES = {
    Language.ENGLISH: {
        "new": "not in the reference", "higher": "{name} higher by {size}", "lower": "{name} lower by {size}",
        "points": "points of the intensity range", "spread": "same middle, other spread", "differ": "differ",
        "median": "median", "tags": "and {n} more tags", "share": "share of",
        "estimated": "estimated from the scores", "zero": "from zero",
    },
    Language.SPANISH: {
        "new": "ausente en la referencia", "higher": "{name} +{size}", "lower": "{name} −{size}",
        "points": "puntos del rango de intensidad", "spread": "misma mediana, otra dispersión",
        "differ": "difieren", "median": "mediana",
        "tags": "y {n} etiquetas más", "share": "proporción de", "estimated": "estimada a partir de las probabilidades",
        "zero": "desde cero",
    },
}


def change(comparison: Comparison, language: Language = Language.ENGLISH) -> str:
    """What changed in one variable, e.g. "vendor: Lumina 0 % → 100 % (not in the reference)" or "contrast lower by 18 %"."""
    name = variable(comparison.variable, language)
    if comparison.reference_quartiles is None:
        return f"{name}: {_category_change(comparison, language)}"
    return _number_change(name, comparison, language)


def cause_sentence(report: DriftReport, language: Language = Language.ENGLISH) -> str:
    """The cause of a drifted window in one sentence: kind of shift, tags, descriptors, outputs. Empty for other windows."""
    drifted = [test for test in report.tests if test.drifted]
    if not drifted:
        return ""
    charts = {(item.stream, item.variable): item for item in report.comparisons}
    parts = _tags(drifted, charts, language) + _descriptors(drifted, charts, language)
    for stream in (Stream.OUTPUT, Stream.REFUSAL):
        parts += [change(charts[stream, test.variable], language) for test in drifted if test.stream is stream]
    if report.shift in (ShiftKind.PREVALENCE, ShiftKind.MIXED):
        parts.insert(0, _classes(report.classes, language))
    return f"{SHIFTS[report.shift][language]}: {'; '.join(parts)}."


def _tags(
    drifted: Sequence[DriftTest], charts: dict[tuple[Stream, str], Comparison], language: Language
) -> list[str]:
    found = [test for test in drifted if test.stream is Stream.ACQUISITION]
    found.sort(key=lambda test: (-test.effect, _SOURCES.index(test.variable) if test.variable in _SOURCES else len(_SOURCES)))
    # Tags of one size (a new vendor brings its own model, matrix and bits): sources first.
    found.sort(key=lambda test: test.variable not in _SOURCES[:1])
    parts = [change(charts[Stream.ACQUISITION, test.variable], language) for test in found[:_MOST_TAGS]]
    if len(found) > _MOST_TAGS:
        parts.append(_PHRASES[language]["tags"].format(n=len(found) - _MOST_TAGS))
    return parts


def _descriptors(
    drifted: Sequence[DriftTest], charts: dict[tuple[Stream, str], Comparison], language: Language
) -> list[str]:
    found = {test.variable: test for test in drifted if test.stream is Stream.IMAGE}
    leaders = [
        max((found[name] for name in group if name in found), key=lambda test: test.effect)
        for group in _GROUPS if any(name in found for name in group)
    ]
    if len(leaders) > 1:  # the joint test names nothing that a single descriptor does not name better
        leaders = [test for test in leaders if test.variable != ALL_DESCRIPTORS]
    # The names a person can see on the image, in the order of _GROUPS among equals.
    leaders.sort(key=lambda test: -test.effect)
    return [change(charts[Stream.IMAGE, test.variable], language) for test in leaders[:_MOST_DESCRIPTORS]]


def _classes(classes: Sequence[ClassShare], language: Language) -> str:
    words = _PHRASES[language]
    most = max(classes, key=lambda item: item.window - item.reference)
    return f"{words['share']} {most.label} {_percent(most.reference)} → {_percent(most.window)} ({words['estimated']})"


def _category_change(comparison: Comparison, language: Language) -> str:
    rows = list(zip(comparison.bins, comparison.reference, comparison.window, strict=True))
    name, before, after = max(rows, key=lambda row: row[2] - row[1])
    shown = f"“{name}”" if any(letter.isdigit() for letter in name) else name  # a number must not run into the percentages
    text = f"{shown} {_percent(before)} → {_percent(after)}"
    return f"{text} ({_PHRASES[language]['new']})" if before == 0 else text


def _number_change(name: str, comparison: Comparison, language: Language) -> str:
    words = _PHRASES[language]
    if comparison.variable == ALL_DESCRIPTORS:  # its chart is a distance, whose size says nothing to a person
        return f"{name}: {words['differ']}"
    low, before, high = comparison.reference_quartiles or (0.0, 0.0, 0.0)
    after = (comparison.window_quartiles or (0.0, 0.0, 0.0))[1]
    if comparison.variable == PROBABILITY:
        return f"{name}: {words['median']} {before:.2f} → {after:.2f}"
    if comparison.variable == "border_fraction":
        return f"{name}: {words['median']} {_percent(before)} → {_percent(after)}"
    direction = words["higher"] if after > before else words["lower"]
    if abs(after - before) < 0.1 * (high - low) or after == before:
        return f"{name}: {words['spread']}"
    if comparison.variable in _IN_POINTS:
        return direction.format(name=name, size=f"{_two_digits(100 * abs(after - before))} {words['points']}")
    if before <= 0:
        return direction.format(name=name, size=f"{abs(after - before):.3g} ({words['zero']})")
    ratio = after / before
    if ratio >= 3:
        return f"{name} × {ratio:.1f}"
    return direction.format(name=name, size=f"{_two_digits(100 * abs(ratio - 1))} %")


def _two_digits(number: float) -> str:
    return f"{number:.0f}" if number >= 1 else f"{number:.1g}"


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"
