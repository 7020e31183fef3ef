"""Charts of the page of experiments, as options of ECharts."""

from collections.abc import Sequence
from typing import Any

from cauce.web.experiment_rows import Configuration, curves

COLOURS = ("#2f7fc1", "#d98b1f", "#3f9f5f", "#a05fb5", "#c2557a", "#5b8f9b", "#8a7a2f", "#7a6fd0")
_GREY = "#8a96a3"
_LABEL = {"color": "#ffffff", "backgroundColor": "rgba(90, 102, 115, 0.85)", "padding": [2, 4], "borderRadius": 3}
WORDS = {"score": "score of the held-out fold", "validation_loss": "held-out loss", "train_loss": "training loss"}


def curve_chart(chosen: Sequence[Configuration], which: str) -> dict[str, Any]:
    """Learning curves: the mean over folds as a line in the configuration's colour, each fold as a thin one."""
    series: list[dict[str, Any]] = []
    for number, each in enumerate(chosen):
        colour = COLOURS[number % len(COLOURS)]
        folds, mean = curves(each, which)
        common = {"type": "line", "showSymbol": False, "color": colour}
        for fold in folds:
            line = {"width": 1, "opacity": 0.3}
            series.append({**common, "data": _points(fold), "lineStyle": line, "silent": True, "tooltip": {"show": False}})
        series.append({**common, "name": label(each), "data": _points(mean), "lineStyle": {"width": 2.5}})
    return {
        "textStyle": {"color": _GREY}, "animation": False,
        "tooltip": {"trigger": "axis", ":valueFormatter": "value => value == null ? '–' : Number(value).toFixed(4)"},
        "legend": {"type": "scroll", "top": 0, "textStyle": {"color": _GREY}, "data": [label(each) for each in chosen]},
        "grid": {"left": 56, "right": 24, "top": 40, "bottom": 44},
        "xAxis": {"type": "value", "name": "epoch", "nameLocation": "middle", "nameGap": 28, "minInterval": 1, "min": 1,
                  "max": "dataMax", "splitLine": {"show": False}},
        "yAxis": {"type": "value", "scale": True, "splitLine": {"lineStyle": {"opacity": 0.25}}},
        "series": series,
    }


def parallel_chart(shown: Sequence[Configuration], settings: Sequence[str], chosen: Sequence[str]) -> dict[str, Any]:
    """A line for each configuration that has a mean, over the settings that vary and the mean; the chosen ones stand out."""
    scored = [each for each in shown if each.row["mean"] is not None]
    names = [name for name in settings if len({str(each.row.get(f"setting_{name}")) for each in scored}) > 1]
    axes = [_axis(number, name, [each.row.get(f"setting_{name}") for each in scored]) for number, name in enumerate(names)]
    axes.append({"dim": len(names), "name": "mean", "scale": True})
    data = [
        {
            "value": [*(_cell(each.row.get(f"setting_{name}")) for name in names), each.row["mean"]], "name": label(each),
            **({"lineStyle": {"width": 3.5, "opacity": 1.0}} if each.key in chosen else {}),
        }
        for each in scored
    ]
    means = [each.row["mean"] for each in scored] or [0.0, 1.0]
    return {
        "textStyle": {"color": _GREY}, "animation": False, "tooltip": {},
        "parallel": {"left": 56, "right": 96, "top": 40, "bottom": 24,
                     "parallelAxisDefault": {"nameTextStyle": {"color": _GREY}, "axisLabel": _LABEL}},
        "parallelAxis": axes,
        "visualMap": {"min": min(means), "max": max(means), "dimension": len(names), "show": False,
                      "inRange": {"color": ["#b9c4cf", "#d98b1f", "#2f7fc1"]}},
        "series": [{"type": "parallel", "data": data, "lineStyle": {"width": 1.4, "opacity": 0.45}, "smooth": False}],
    }


def label(each: Configuration) -> str:
    """Search, and number in its log."""
    return f"{each.row['search']} {each.row['number']}"


def _points(values: Sequence[float]) -> list[list[float]]:
    return [[epoch, value] for epoch, value in enumerate(values, 1)]


def _axis(number: int, name: str, values: Sequence[Any]) -> dict[str, Any]:
    """A logarithmic axis for positive numbers that span more than a power of ten; names in their order otherwise."""
    numbers = [value for value in values if isinstance(value, int | float)]
    if len(numbers) < len(values):
        return {"dim": number, "name": name, "type": "category", "data": sorted({str(value) for value in values})}
    is_wide = min(numbers) > 0 and max(numbers) / min(numbers) > 10
    return {"dim": number, "name": name, "type": "log" if is_wide else "value", "scale": True}


def _cell(value: Any) -> Any:
    return value if isinstance(value, int | float) else str(value)
