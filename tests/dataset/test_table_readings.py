"""Every kind of reference standard that a table can hold is read, each reader apart; what is wrong is named by its row."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cauce.dataset.index import index_cohort
from cauce.domain.cohort import Cohort
from cauce.domain.errors import CauceError, ConfigurationError, InputError
from cauce.domain.study import InstanceRow
from cauce.store.cohort_table import read_rows
from cauce.store.workspace import Workspace

NAMES = ("a.png", "b.png", "c.png")
_HEAD = """
description: test
licence: CC0
include: {minimum_rows: 8}
source:
  kind: table
  table: images.csv
  images: images
  columns: {image: image, patient: patient}
  readings: %s
reference:
  finding: {scheme: SCT, value: "1", meaning: Thing}
  source: made
  %s
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three images of 20 columns and 10 rows and a table of them."""
    (tmp_path / "images").mkdir()
    rng = np.random.default_rng(0)
    for name in NAMES:
        Image.fromarray(rng.integers(0, 255, (10, 20), dtype=np.uint8)).save(tmp_path / "images" / name)
    (tmp_path / "images.csv").write_text(
        "image,patient,anna,luis,time,event\n"
        "a.png,1,yes,yes,10,1\n"
        "b.png,2,yes,no,20.5,0\n"
        "c.png,3,no,no,30,true\n"
    )
    return tmp_path


def index(folder: Path, readings: str, reference: str) -> tuple[Cohort, dict[str, InstanceRow], dict[str, tuple[str, str]]]:
    (folder / "cohort.yaml").write_text(_HEAD % (readings, reference))
    workspace = Workspace.open(folder.parent / f"{folder.name}-w")
    cohort = index_cohort(workspace, folder / "cohort.yaml", name="c", data_root=folder)
    rows = {row.path.removeprefix("images/"): row for row in read_rows(workspace, cohort)}
    return cohort, rows, {each.path.removeprefix("images/"): (each.code, each.reason) for each in cohort.exclusions}


CLASS = """kind: class
  positive: ["yes"]
  negative: ["no"]"""


def test_two_readers_are_kept_apart_and_one_of_them_counts(folder: Path) -> None:
    _, rows, excluded = index(folder, "{columns: {anna: anna, luis: luis}, consensus: luis}", CLASS)
    assert {name: row.label for name, row in rows.items()} == {"a.png": "yes", "b.png": "no", "c.png": "no"}
    assert [(each.reader, each.label) for each in rows["b.png"].readings] == [("anna", "yes"), ("luis", "no")]
    assert not excluded


def test_a_majority_that_there_is_not_excludes_the_image(folder: Path) -> None:
    _, rows, excluded = index(folder, "{columns: {anna: anna, luis: luis}, consensus: majority}", CLASS)
    assert set(rows) == {"a.png", "c.png"}
    assert excluded["b.png"] == ("no-majority", "the readers disagree evenly (anna: yes, luis: no)")


def test_numbers_are_read_and_balanced_over_by_bands(folder: Path) -> None:
    _, rows, _ = index(folder, "{columns: {clinic: time}}", "kind: number\n  unit: mm")
    assert {name: row.readings[0].number for name, row in rows.items()} == {"a.png": 10, "b.png": 20.5, "c.png": 30}
    assert {row.labels for row in rows.values()} == {("all",)}  # three images have no bands


def test_a_number_that_is_none_excludes_the_image(folder: Path) -> None:
    table = folder / "images.csv"
    table.write_text(table.read_text().replace("20.5", "inf").replace("30,", ","))
    _, rows, excluded = index(folder, "{columns: {clinic: time}}", "kind: number\n  unit: mm")
    assert set(rows) == {"a.png"}
    assert excluded["b.png"] == ("no-number", "time: 'inf' is no finite number")
    assert excluded["c.png"][0] == "no-label"


def test_outcomes_are_read_with_their_censoring(folder: Path) -> None:
    _, rows, _ = index(folder, "{outcome: {time: time, event: event}}", "kind: time_to_event\n  unit: d")
    outcomes = {name: row.readings[0].outcome for name, row in rows.items()}
    assert [(outcomes[name].time, outcomes[name].event) for name in NAMES] == [(10, True), (20.5, False), (30, True)]
    assert rows["b.png"].labels == ("censored, all",)


def test_a_negative_time_and_an_unknown_event_exclude_the_image(folder: Path) -> None:
    table = folder / "images.csv"
    table.write_text(table.read_text().replace("10,1", "-1,1").replace("20.5,0", "20.5,maybe"))
    _, _, excluded = index(folder, "{outcome: {time: time, event: event}}", "kind: time_to_event\n  unit: d")
    assert {name: code for name, (code, _) in excluded.items()} == {"a.png": "bad-time", "b.png": "bad-event"}


BOXES = "{boxes: {table: boxes.csv, image: image, name: what, x_min: x, y_min: y, width: w, height: h%s}}"
BOX_KIND = "kind: boxes\n  classes: [cell, clot]"


def test_boxes_are_read_and_an_image_without_one_holds_nothing(folder: Path) -> None:
    (folder / "boxes.csv").write_text("image,what,x,y,w,h\na.png,cell,1,2,3,4\na.png,clot,5,5,5,5.5\nb.png,cell,0,0,20,10\n")
    _, rows, excluded = index(folder, BOXES % "", BOX_KIND)
    boxes = {name: row.readings[0].boxes for name, row in rows.items()}
    assert [(box.name, box.x_max, box.y_max) for box in boxes["a.png"]] == [("cell", 4, 6), ("clot", 10, 10.5)]
    assert boxes["c.png"] == ()
    assert (rows["a.png"].labels, rows["c.png"].labels) == (("cell", "clot"), ("none",))
    assert not excluded


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("b.png,cell,3,3,0,5", "box-no-area"), ("b.png,cell,3,3,5,nan", "box-no-number"),
        ("b.png,nerve,3,3,5,5", "box-other-class"), ("b.png,cell,3,3,50,5", "box-outside"),
    ],
)
def test_a_bad_box_is_named_and_takes_its_image_with_it_unless_it_is_dropped(folder: Path, line: str, code: str) -> None:
    (folder / "boxes.csv").write_text(f"image,what,x,y,w,h\nb.png,cell,1,2,3,4\n{line}\n")
    _, rows, excluded = index(folder, BOXES % "", BOX_KIND)
    assert excluded["b.png"][0] == code
    assert set(rows) == {"a.png", "c.png"}
    if code == "box-outside":
        return
    assert "boxes.csv, row 3" in excluded["b.png"][1]
    _, rows, excluded = index(folder, BOXES % ", bad_boxes: drop", BOX_KIND)
    assert len(rows["b.png"].readings[0].boxes) == 1
    assert excluded["b.png"][0] == code
    assert excluded["b.png"][1].endswith("the image stays")


def test_a_box_of_an_image_that_no_table_knows_stops_the_index(folder: Path) -> None:
    (folder / "boxes.csv").write_text("image,what,x,y,w,h\nz.png,cell,1,2,3,4\n")
    with pytest.raises(InputError, match=r"boxes\.csv, row 2.*z\.png"):
        index(folder, BOXES % "", BOX_KIND)


POINTS = "{points: {table: points.csv, image: image, name: what, reader: who, x: x, y: y}}"


def test_landmarks_of_two_readers_are_kept_apart(folder: Path) -> None:
    (folder / "points.csv").write_text(
        "image,who,what,x,y\na.png,anna,tip,1,2\na.png,luis,tip,1.5,2\nb.png,anna,tip,19,9\nc.png,anna,tip,40,3\n"
    )
    _, rows, excluded = index(folder, POINTS, "kind: landmarks")
    assert [(each.reader, each.points[0].x) for each in rows["a.png"].readings] == [("anna", 1), ("luis", 1.5)]
    assert excluded["c.png"] == ("point-outside", "anna: tip lies 21 px outside the image")


@pytest.mark.parametrize("line", ["a.png,anna,tip,5,5", "a.png,anna,base,x,5", "a.png,anna,,5,5"])
def test_a_bad_landmark_is_named_by_its_row(folder: Path, line: str) -> None:
    (folder / "points.csv").write_text(f"image,who,what,x,y\na.png,anna,tip,1,2\nb.png,anna,tip,1,2\n{line}\n")
    _, _, excluded = index(folder, POINTS, "kind: landmarks")
    assert excluded["a.png"][0] == "bad-point"
    assert "points.csv, row 4" in excluded["a.png"][1]
    assert excluded["c.png"] == ("no-label", "no landmark in the table")


def _mask(folder: Path, name: str, values: np.ndarray) -> None:
    path = folder / "masks" / name
    path.parent.mkdir(exist_ok=True)
    Image.fromarray(values).save(path)


def test_pictures_are_masks_with_any_value_for_a_class(folder: Path) -> None:
    mask = np.zeros((10, 20), dtype=np.uint8)
    _mask(folder, "b.png", mask.copy())
    mask[2:5, 3:9] = 255
    _mask(folder, "a.png", mask)
    readings = '{masks: {anna: "masks/{case}.png"}, mask_values: {lung: 255}}'
    _, rows, excluded = index(folder, readings, "kind: mask\n  classes: [lung]")
    assert rows["a.png"].readings[0].mask.path == "masks/a.png"
    assert (rows["a.png"].labels, rows["b.png"].labels) == (("lung",), ("none",))
    assert excluded["c.png"][0] == "image-without-label"


def test_two_readers_masks_of_a_picture_are_compared(folder: Path) -> None:
    for name in NAMES:
        mask = np.zeros((10, 20), dtype=np.uint8)
        mask[2:4, 3:9] = 1
        _mask(folder, f"anna_{name}", mask)
        mask[2:6, 3:9] = 1
        _mask(folder, f"luis_{name}", mask)
    readings = '{masks: {anna: "masks/anna_{case}.png", luis: "masks/luis_{case}.png"}}'
    _, rows, _ = index(folder, readings, "kind: mask\n  classes: [lung, heart]")
    assert [(each.name, each.dice) for each in rows["a.png"].agreement] == [("lung", pytest.approx(2 / 3)), ("heart", None)]


def test_a_mask_of_another_shape_or_with_other_values_excludes_its_image(folder: Path) -> None:
    _mask(folder, "a.png", np.full((10, 20), 7, dtype=np.uint8))
    _mask(folder, "b.png", np.zeros((10, 21), dtype=np.uint8))
    _mask(folder, "c.png", np.zeros((10, 20), dtype=np.uint8))
    _, rows, excluded = index(folder, '{masks: {anna: "masks/{case}.png"}}', "kind: mask\n  classes: [lung]")
    assert {name: code for name, (code, _) in excluded.items()} == {"a.png": "no-class", "b.png": "other-shape"}
    assert set(rows) == {"c.png"}


def test_instance_maps_may_hold_more_objects_than_a_byte_counts(folder: Path) -> None:
    for name in NAMES:
        _mask(folder, name, (np.arange(200, dtype=np.uint16) * 300).reshape(10, 20))
    _, rows, _ = index(folder, '{masks: {anna: "masks/{case}.png"}}', "kind: instances")
    assert {row.labels for row in rows.values()} == {("objects",)}


@pytest.mark.parametrize(
    ("readings", "reference", "says"),
    [
        ("{columns: {clinic: time}}", BOX_KIND, "another kind"),
        ("{columns: {anna: anna, luis: luis}}", CLASS, "nobody's answer counts"),
        ("{columns: {anna: nothing}}", "kind: number\n  unit: mm", "no column 'nothing'"),
        ("{points: {table: gone.csv, image: image, name: what, x: x, y: y}}", "kind: landmarks", "the table is missing"),
        ("{masks: {anna: masks/a.png}}", "kind: instances", r"needs \{case\}"),
        ('{masks: {anna: "../{case}.png"}}', "kind: instances", "stay below"),
        ('{masks: {anna: "m/{case}.png"}, mask_values: {lung: 0}}', "kind: mask\n  classes: [lung]", "background"),
        ('{masks: {anna: "m/{case}.png"}, mask_values: {heart: 1}}', "kind: mask\n  classes: [lung]", "names a class"),
        ("{columns: {clinic: anna}}", "kind: number\n  unit: mm", "no file can be used"),
        ("{columns: {a: anna}, outcome: {time: time, event: event}}", "kind: number\n  unit: mm", "exactly one"),
        ("null", "kind: number\n  unit: mm", "needs readings"),
    ],
)
def test_what_cannot_be_read_is_said_in_one_line_and_nothing_is_written(
    folder: Path, readings: str, reference: str, says: str
) -> None:
    with pytest.raises(CauceError, match=says) as refusal:
        index(folder, readings, reference)
    assert isinstance(refusal.value, ConfigurationError | InputError)
    assert not (folder.parent / f"{folder.name}-w" / "records" / "cohort").exists()
