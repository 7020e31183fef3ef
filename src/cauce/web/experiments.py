"""The page `/experiments`: a row for each configuration of each search; chosen ones with their folds, curves and settings."""

from collections.abc import Callable
from typing import Any

from nicegui import ui

from cauce.experiment.running import SearchSoFar
from cauce.web.experiment_charts import WORDS, curve_chart, parallel_chart
from cauce.web.experiment_rows import CURVES, Configuration, Row, configurations, fold_rows, settings_of, summary

Read = Callable[[], list[SearchSoFar]]

_REFRESHED_S = 5.0  # while a search is not over
_NUMBER = {"filter": "agNumberColumnFilter", "type": "rightAligned"}
_FOUR = {":valueFormatter": "each => each.value == null ? '–' : each.value.toFixed(4)"}
_THOUSANDS = {":valueFormatter": "each => each.value == null ? '–' : each.value.toLocaleString('en')"}
_PLAIN = {":valueFormatter": "each => each.value == null ? '–' : String(Number(each.value.toPrecision(3)))"}
_NOTHING = "No search in this workspace yet. Begin one with `cauce experiment search EXPERIMENT`; this page fills by itself."
_ALL = "all searches"
_SHADES = {"as the system": None, "light": False, "dark": True}


class ExperimentsPage:
    """What one browser window shows.

    Args:
        read: the searches of the workspace, asked again while one of them runs.
    """

    def __init__(self, read: Read) -> None:
        self._read = read
        self._searches = read()
        self._all = configurations(self._searches)
        self._shown: dict[str, Configuration] = dict(self._all)
        self._chosen: list[str] = []
        self._pinned: list[str] = []
        self._which = CURVES[0]
        self._grid: ui.aggrid
        self._build()

    def _build(self) -> None:
        ui.page_title("cauce · experiments")
        dark = ui.dark_mode(None)
        with ui.row().classes("w-full items-center gap-4"):
            ui.label("Experiments").classes("text-2xl")
            self._summary = ui.label(summary(self._searches)).classes("opacity-70")
            ui.space()
            ui.select(list(_SHADES), value="as the system", label="colours",
                      on_change=lambda event: dark.set_value(_SHADES[event.value])).props("dense borderless").classes("w-36")
        with ui.row().classes("w-full items-center gap-3"):
            names = [each.search.name for each in self._searches]
            self._filter = ui.select([_ALL, *names], value=_ALL, label="search",
                                     on_change=self._choose_search).props("dense outlined").classes("w-56")
            ui.input(placeholder="filter all columns", on_change=lambda event: self._grid.run_grid_method(
                "setGridOption", "quickFilterText", event.value)).props("dense outlined clearable").classes("w-64")
            ui.button("Pin", on_click=self._pin).props("flat dense no-caps").tooltip("keep the chosen rows on top")
            ui.button("Unpin all", on_click=self._unpin).props("flat dense no-caps")
            ui.space()
            ui.button("CSV", on_click=lambda: self._grid.run_grid_method("exportDataAsCsv", {"fileName": "experiments.csv"})
                      ).props("flat dense no-caps").tooltip("download what the table shows")
        self._empty = ui.markdown(_NOTHING)
        self._grid = ui.aggrid(self._grid_options(), auto_size_columns=False).classes("w-full").style("height: 46vh")
        self._grid.on("selectionChanged", self._selected)
        with ui.row().classes("w-full no-wrap gap-4"):
            with ui.column().classes("w-1/2 gap-1"):
                with ui.row().classes("items-center"):
                    ui.label("Learning curves").classes("text-lg")
                    ui.select(WORDS, value=self._which, on_change=self._choose_curve).props("dense borderless")
                self._hint = ui.label("Choose rows above to compare them: thick the mean over folds, thin each fold.").classes(
                    "opacity-70")
                self._curves = ui.echart(curve_chart([], self._which)).classes("w-full").style("height: 340px")
            with ui.column().classes("w-1/2 gap-1"):
                ui.label("Settings and result").classes("text-lg")
                ui.label("A line for each configuration; drag along an axis to choose a range.").classes("opacity-70")
                self._parallel = ui.echart(self._parallel_options()).classes("w-full").style("height: 340px")
        ui.label("Folds of the chosen configurations").classes("text-lg")
        options = {"columnDefs": _fold_columns(), "rowData": [], "overlayNoRowsTemplate": "nothing chosen"}
        self._folds = ui.aggrid(options, auto_size_columns=False).classes("w-full").style("height: 260px")
        self._show_empty()
        ui.timer(_REFRESHED_S, self._refresh)

    def _grid_options(self) -> Row:
        return {
            "columnDefs": _columns(settings_of(self._all)), "rowData": [each.row for each in self._shown.values()],
            "defaultColDef": {"sortable": True, "resizable": True, "filter": True, "floatingFilter": True, "minWidth": 84},
            "rowSelection": {"mode": "multiRow", "enableClickSelection": True}, "pinnedTopRowData": [],
            ":getRowId": "each => each.data.key", "animateRows": False,
        }

    def _parallel_options(self) -> Row:
        return parallel_chart(list(self._shown.values()), settings_of(self._shown), self._chosen)

    def _show_empty(self) -> None:
        self._empty.set_visibility(not self._all)

    async def _selected(self) -> None:
        rows = await self._grid.get_selected_rows()
        self._chosen = [row["key"] for row in rows if row["key"] in self._all]
        self._draw_chosen()

    def _draw_chosen(self) -> None:
        chosen = [self._all[key] for key in self._chosen if key in self._all]
        self._hint.set_visibility(not chosen)
        _replace(self._curves, curve_chart(chosen, self._which))
        _replace(self._parallel, self._parallel_options())
        self._folds.options["rowData"] = fold_rows(chosen)
        self._folds.update()

    def _choose_curve(self, event: Any) -> None:
        self._which = event.value
        self._draw_chosen()

    def _choose_search(self, event: Any) -> None:
        self._shown = self._of_search(event.value)
        self._show_rows()

    def _of_search(self, name: str) -> dict[str, Configuration]:
        return {key: each for key, each in self._all.items() if name in (_ALL, each.row["search"])}

    def _show_rows(self) -> None:
        self._grid.run_grid_method("setGridOption", "rowData", [each.row for each in self._shown.values()])
        _replace(self._parallel, self._parallel_options())

    def _pin(self) -> None:
        self._pinned = list(dict.fromkeys([*self._pinned, *self._chosen]))
        self._show_pinned()

    def _unpin(self) -> None:
        self._pinned = []
        self._show_pinned()

    def _show_pinned(self) -> None:
        rows = [self._all[key].row for key in self._pinned if key in self._all]
        self._grid.run_grid_method("setGridOption", "pinnedTopRowData", rows)

    def _refresh(self) -> None:
        """Read again; what is finished is known already, so that this costs nothing while nothing changes."""
        searches = self._read()
        found = configurations(searches)
        if {key: each.row for key, each in found.items()} == {key: each.row for key, each in self._all.items()}:
            return
        self._searches, self._all = searches, found
        self._summary.set_text(summary(searches))
        self._filter.set_options([_ALL, *(each.search.name for each in searches)])
        self._grid.run_grid_method("setGridOption", "columnDefs", _columns(settings_of(found)))
        self._shown = self._of_search(str(self._filter.value))
        self._show_rows()
        self._show_pinned()
        self._show_empty()


def _replace(chart: ui.echart, options: Row) -> None:
    chart.options.clear()
    chart.options.update(options)
    chart.update()


def _columns(settings: list[str]) -> list[Row]:
    varied = [{"headerName": name.replace("_", " "), "field": f"setting_{name}", "width": 120} for name in settings]
    return [
        {"headerName": "search", "field": "search", "pinned": "left", "width": 200},
        {"headerName": "#", "field": "number", "pinned": "left", "width": 78, **_NUMBER},
        {"headerName": "status", "field": "status", "width": 106},
        {"headerName": "metric", "field": "metric", "width": 96},
        {"headerName": "mean ± std (n)", "field": "text", "width": 210, "tooltipField": "evidence"},
        {"headerName": "mean", "field": "mean", "width": 96, **_NUMBER, **_FOUR},
        {"headerName": "worst fold", "field": "worst", "width": 110, **_NUMBER, **_FOUR},
        {"headerName": "score", "field": "score", "width": 96, **_NUMBER, **_FOUR},
        {"headerName": "verdict", "field": "verdict", "width": 118, "tooltipField": "evidence"},
        *varied,
        {"headerName": "parameters", "field": "parameters", "width": 122, **_NUMBER, **_THOUSANDS},
        {"headerName": "GFLOPs", "field": "gflops", "width": 100, **_NUMBER, **_PLAIN},
        {"headerName": "epochs", "field": "epochs", "width": 92, **_NUMBER},
        {"headerName": "s / fold", "field": "seconds", "width": 96, **_NUMBER, **_PLAIN},
        {"headerName": "device", "field": "device", "width": 90},
        {"headerName": "seed", "field": "seed", "width": 84, **_NUMBER},
        {"headerName": "cohort", "field": "cohort", "width": 130},
        {"headerName": "split", "field": "split", "width": 130},
    ]


def _fold_columns() -> list[Row]:
    fields = (
        ("configuration", "configuration", 170), ("settings", "name", 260), ("fold", "fold", 80), ("status", "status", 100),
        ("score", "score", 96), ("best epoch", "epoch", 110), ("trained on", "train", 110), ("held out", "held_out", 100),
        ("seconds", "seconds", 100), ("precision", "precision", 110), ("seed", "seed", 120), ("error", "error", 260),
    )
    return [{"headerName": name, "field": field, "width": width, **(_FOUR if field == "score" else {})}
            for name, field, width in fields]
