"""Facts → drawings: where images come from, what the partitions hold, how vendors differ."""

from collections.abc import Sequence

from cauce.dataset.report.document import Chart, Charts, Note, Part, Section
from cauce.dataset.report.drawing import COLOURS, REST, Bars, Range, bars, pies, ranges
from cauce.dataset.report.facts import OTHER, Counted, Facts, Spread
from cauce.dataset.report.words import Words
from cauce.dataset.strata import UNKNOWN
from cauce.report.printable import printable

_RIVER = "#0b4f6c"
_WITH_PIES = ("origin", "vendor")


def where_from(facts: Facts, words: Words) -> Section | None:
    """Pies of origin and vendor in each partition, with bars beside them; None when the source states neither."""
    charts: list[Chart] = []
    for name in _WITH_PIES:
        counted = facts.counted[name]
        if counted.is_stated:
            rows = _rows(name, counted, words, many_colours=True)
            names = [words.part(part) for part in facts.parts]
            alt = _in_words(words(name), rows, facts, words)
            pie = pies(names, [words.count(total) for total in facts.totals], rows, lambda share: words.percent(share))
            charts += [
                Chart(words(name), pie, alt),
                Chart(words("shares", what=words(name)), bars(rows, facts.totals, words.percent), alt),
            ]
    if not charts:
        return None
    return Section(words("where_from"), (Charts(tuple(charts), pairs=True), Note(_order(facts, words))))


def what_they_hold(facts: Facts, words: Words) -> Section:
    """Labels, age, sex, view and modality by partition; spacing and grey values by vendor."""
    charts, remarks = [], [_order(facts, words)]
    for name, counted in facts.counted.items():
        if name in _WITH_PIES or not counted.is_stated or (name == "modality" and len(counted.values) < 2):
            continue
        rows = _rows(name, counted, words)
        title = words("labels") if counted.is_multiple else words(name)
        charts.append(Chart(title, bars(rows, facts.totals, words.percent), _in_words(title, rows, facts, words)))
        if counted.is_multiple:
            remarks.append(words("multiple"))
    charts += _by_vendor(facts, words)
    unstated = [words(name).lower() for name, counted in facts.counted.items() if not counted.is_stated]
    if not facts.spacing_mm:
        unstated.append(words("spacing").split(" (")[0].lower())
    if unstated:
        remarks.append(words("unstated", items=", ".join(unstated)))
    parts: tuple[Part, ...] = (Charts(tuple(charts)), Note(" ".join(remarks)))
    return Section(words("holds"), parts)


def _by_vendor(facts: Facts, words: Words) -> list[Chart]:
    intensity_note = words("intensity_volume" if facts.are_volumes else "intensity_note")
    kinds: tuple[tuple[str, Sequence[Spread], str], ...] = (
        ("spacing", facts.spacing_mm, words("spread")), ("slice_spacing", facts.slice_spacing_mm, words("spread")),
        ("intensity", facts.intensity, intensity_note),
    )
    charts = []
    for name, spreads, note in kinds:
        if not spreads:
            continue
        rows = [Range(printable(words.value("vendor", each.vendor)), each.quantiles, _RIVER) for each in spreads]
        alt = "; ".join(f"{row.name}: {words.short(row.quantiles[2])}" for row in rows)
        charts.append(Chart(words(name), ranges(rows, words.short), f"{words(name)}. {alt}", note))
    return charts


def _rows(name: str, counted: Counted, words: Words, *, many_colours: bool = False) -> list[Bars]:
    rows = []
    for place, (value, counts) in enumerate(zip(counted.values, counted.counts, strict=True)):
        is_rest = value in (OTHER, UNKNOWN)
        colour = REST if is_rest else COLOURS[place % len(COLOURS)] if many_colours else _RIVER
        rows.append(Bars(printable(words.value(name, value)), counts, colour))
    return rows


def _order(facts: Facts, words: Words) -> str:
    if len(facts.parts) == 1:
        return words("order_all")
    return words("order", parts=", ".join(words.part(part) for part in facts.parts))


def _in_words(title: str, rows: Sequence[Bars], facts: Facts, words: Words) -> str:
    """The drawing for those who hear it."""
    parts = []
    for place, part in enumerate(facts.parts):
        total = max(facts.totals[place], 1)
        shares = ", ".join(f"{row.name} {words.percent(row.counts[place] / total)}" for row in rows)
        parts.append(f"{words.part(part)}: {shares}")
    return f"{title}. {'; '.join(parts)}"
