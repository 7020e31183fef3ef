import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cauce.cli.model import app
from cauce.domain.cohort import Cohort
from cauce.domain.errors import ConfigurationError, NotFoundError
from cauce.domain.explanation import ExplanationMethod, ExplanationReport
from cauce.domain.model import TestOpening
from cauce.domain.reference import Box, Reading, ReferenceKind
from cauce.model.explain.maps import peak_of
from cauce.model.explain.run import Request, explain_model
from cauce.model.registry import resolve
from cauce.store.cohort_table import read_rows, write_rows
from cauce.store.data_root import remember_data_root
from cauce.store.workspace import Workspace
from small_river import River

_REQUEST = Request(method=ExplanationMethod.GRAD_CAM, cases=24)


def _openings(workspace: Workspace) -> int:
    return len(list((workspace.root / "records" / TestOpening.__name__.lower()).glob("*.json")))


def test_an_explanation_is_a_page_a_record_and_a_picture_of_each_case_and_leaves_test_closed(fresh: River) -> None:
    before = _openings(fresh.workspace)
    report, folder = explain_model(fresh.workspace, "small:1", _REQUEST, data_root=None)
    assert _openings(fresh.workspace) == before
    stored = ExplanationReport.model_validate_json((folder / "explanations.json").read_bytes())
    assert stored == report == fresh.workspace.records.latest(ExplanationReport, "small")
    assert {path.name for path in folder.glob("*.png")} == {case.picture for case in report.cases}
    assert {case.patient_key for case in report.cases} <= set(fresh.split.tune)
    assert sum(case.label == "yes" for case in report.cases) == 12
    page = (folder / "explanations.html").read_text()
    assert all(case.picture in page for case in report.cases)
    assert report.cascade[0].layer == "head"
    assert report.pointing_game.value is None  # nothing is known of places
    assert all(case.hit is None for case in report.cases)
    again, _ = explain_model(fresh.workspace, "small:1", _REQUEST, data_root=None)
    assert again.digest() == report.digest()


def test_the_pointing_game_takes_the_boxes_of_another_cohort_of_the_same_files(fresh: River) -> None:
    workspace = fresh.workspace
    box = Reading(boxes=(Box(name="spot", x_min=20, y_min=20, x_max=40, y_max=40),))
    rows = [row.model_copy(update={"readings": (box,) if row.label == "yes" else (), "label": None})
            for row in read_rows(workspace, fresh.cohort)]
    reference = fresh.cohort.spec.reference.model_copy(
        update={"kind": ReferenceKind.BOXES, "positive": (), "negative": (), "classes": ("spot",)})
    spec = fresh.cohort.spec.model_copy(update={"reference": reference})
    boxes: Cohort = fresh.cohort.model_copy(update={"name": "spots", "spec": spec, "table_sha256": write_rows(workspace, rows)})
    workspace.records.put(boxes, name="spots")
    remember_data_root(workspace, "spots", fresh.images)
    request = Request(cases=24, places="spots")
    report, _ = explain_model(workspace, "small:1", request, data_root=None)
    placed = [case for case in report.cases if case.hit is not None]
    assert {case.label for case in placed} == {"yes"}
    assert report.pointing_game.n_cases == len(placed) == 12
    assert report.pointing_game.value == pytest.approx(sum(map(bool, (case.hit for case in placed))) / 12)
    for case in placed:
        assert case.region_share == pytest.approx(400 / 64**2)
        assert case.hit == (case.peak is not None and all(20 <= at < 40 for at in case.peak))
    with pytest.raises(ConfigurationError, match="no places"):
        explain_model(workspace, "small:1", Request(places="small"), data_root=None)


def test_a_model_from_elsewhere_has_no_gradients(evaluated: River, tmp_path: Path) -> None:
    folder = resolve(evaluated.workspace, "small:1").folder
    with pytest.raises(NotFoundError, match="trained networks"):
        explain_model(Workspace.open(tmp_path / "other"), str(folder), _REQUEST, data_root=None)


def test_the_command_says_the_verdict_with_its_exit_code(fresh: River) -> None:
    root = str(fresh.workspace.root)
    result = CliRunner().invoke(app, ["explain", "small", "--cases", "4", "--json", "--workspace", root])
    document = json.loads(result.stdout)
    assert (result.exit_code, document["explanation"]["depends_on_weights"]) == (0, None)  # four cases: insufficient
    assert Path(document["page"]).is_file()
    result = CliRunner().invoke(app, ["explain", "small", "--cases", "0", "--workspace", root])
    assert result.exit_code == 2
    assert "--cases 24" in result.stderr


def test_the_peak_of_a_plateau_is_its_middle() -> None:
    import numpy as np

    found = np.zeros((8, 8), np.float32)
    assert peak_of(found, (80, 40)) is None
    found[2:5, 4:7] = 1
    assert peak_of(found, (80, 40)) == (5.5 * 5, 3.5 * 10)
