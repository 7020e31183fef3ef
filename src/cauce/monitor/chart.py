"""Reference against window as a small SVG: paired bars, drawn without any outside asset."""

from html import escape

from cauce.domain.monitoring import Comparison

_WIDTH, _HEIGHT = 360, 150
_LEFT, _BOTTOM, _TOP = 8, 28, 16
_MOST_BARS = 8
_ROW = 34


def chart(comparison: Comparison, *, legend: tuple[str, str], other: str) -> str:
    """One SVG; `legend` names reference and window, `other` the categories that are left out of the picture."""
    if comparison.reference_quartiles is None:
        return _bars(comparison, legend, other)
    return _histogram(comparison, legend)


def _histogram(comparison: Comparison, legend: tuple[str, str]) -> str:
    highest = max(*comparison.reference, *comparison.window, 1e-9)
    base, plot = _HEIGHT - _BOTTOM, _HEIGHT - _BOTTOM - _TOP
    step = (_WIDTH - 2 * _LEFT) / len(comparison.bins)
    parts = []
    for number, name in enumerate(comparison.bins):
        for kind, share in (("reference", comparison.reference[number]), ("window", comparison.window[number])):
            tall = plot * share / highest
            inset = 0.08 * step if kind == "reference" else 0.28 * step
            parts.append(
                f'<rect class="{kind}" x="{_LEFT + number * step + inset:.1f}" y="{base - tall:.1f}" '
                f'width="{step - 2 * inset:.1f}" height="{tall:.1f}"><title>{escape(name)}: {share:.1%}</title></rect>'
            )
    low, high = comparison.edges[0], comparison.edges[-1]
    for quartiles, kind in ((comparison.reference_quartiles, "reference"), (comparison.window_quartiles, "window")):
        if quartiles and high > low:
            x = _LEFT + (_WIDTH - 2 * _LEFT) * min(1.0, max(0.0, (quartiles[1] - low) / (high - low)))
            parts.append(f'<line class="median {kind}" x1="{x:.1f}" x2="{x:.1f}" y1="{_TOP - 4}" y2="{base}"/>')
    for place, value in (("start", low), ("end", high)):
        x = _LEFT if place == "start" else _WIDTH - _LEFT
        parts.append(f'<text x="{x}" y="{_HEIGHT - 12}" text-anchor="{place}">{value:.3g}</text>')
    parts.append(f'<line class="axis" x1="{_LEFT}" x2="{_WIDTH - _LEFT}" y1="{base}" y2="{base}"/>')
    return _svg(_HEIGHT, parts, f"{legend[0]}, {legend[1]}: {comparison.variable}")


def _bars(comparison: Comparison, legend: tuple[str, str], other: str) -> str:
    rows = sorted(
        zip(comparison.bins, comparison.reference, comparison.window, strict=True), key=lambda row: -max(row[1], row[2])
    )
    shown, rest = rows[:_MOST_BARS], rows[_MOST_BARS:]
    if rest:
        shown.append((other.format(n=len(rest)), sum(row[1] for row in rest), sum(row[2] for row in rest)))
    parts = []
    names, room = 130, _WIDTH - 130 - 52
    for number, (name, before, after) in enumerate(shown):
        y = 6 + number * _ROW
        short = name if len(name) <= 20 else name[:19] + "…"
        label = f"{escape(short)}<title>{escape(name)}</title>"
        parts.append(f'<text x="{names - 8}" y="{y + 17}" text-anchor="end">{label}</text>')
        for kind, share, down in (("reference", before, 0), ("window", after, 13)):
            long = max(1.0, room * share)
            parts.append(f'<rect class="{kind}" x="{names}" y="{y + down}" width="{long:.1f}" height="11"/>')
            parts.append(f'<text x="{names + long + 4:.1f}" y="{y + down + 9.5}">{100 * share:.0f} %</text>')
    return _svg(6 + len(shown) * _ROW, parts, f"{legend[0]}, {legend[1]}: {comparison.variable}")


def _svg(height: float, parts: list[str], label: str) -> str:
    return (
        f'<svg viewBox="0 0 {_WIDTH} {height:.0f}" role="img" aria-label="{escape(label, quote=True)}">{"".join(parts)}</svg>'
    )
