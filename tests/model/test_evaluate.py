import shutil
from pathlib import Path

import pytest
from sklearn.metrics import roc_auc_score

from cauce.domain.errors import InputError, IntegrityError
from cauce.model.evaluate import evaluate, stored_report
from cauce.model.ledger import openings
from cauce.model.predictions import read_predictions
from cauce.model.registry import resolve
from cauce.model.report import report_folder
from cauce.model.scoring import Images
from cauce.store.cohort_table import read_rows
from small_river import BLANK, NAME, River


def _report(made: River):
    return stored_report(made.workspace, NAME, resolve(made.workspace, f"{NAME}:1").model.bundle)


def test_the_report_counts_patients_and_agrees_with_scikit_learn(evaluated: River) -> None:
    report = _report(evaluated)
    found = {each.name: each for each in report.metrics}
    cases = read_predictions(evaluated.workspace, report.predictions_sha256)
    assert (report.n_patients, report.n_instances, report.missing) == (60, 80, 2)
    assert found["AUC"].value == pytest.approx(roc_auc_score(cases.positive, cases.score))
    assert "patient-clustered" in found["AUC"].method
    assert report.opening.number == 1
    assert {(group.variable, group.value) for group in report.subgroups} == {
        ("vendor", "Meridian"), ("vendor", "Northlight"), ("sex", "F"), ("sex", "M")
    }


def test_a_second_call_reads_the_report_and_leaves_the_test_closed(fresh: River) -> None:
    assert evaluate(fresh.workspace, f"{NAME}@champion", data_root=None, why="x") == _report(fresh)
    assert len(openings(fresh.workspace, fresh.split.digest())) == 1
    again = evaluate(fresh.workspace, f"{NAME}@champion", data_root=None, why="once more", again=True)
    assert (again.opening.number, again.opening.why) == (2, "once more")
    assert again.metrics == _report(fresh).metrics


def test_images_that_cannot_be_predicted_count_as_wrong(evaluated: River) -> None:
    report = _report(evaluated)
    found = {each.name: each.value for each in report.metrics}
    cases = read_predictions(evaluated.workspace, report.predictions_sha256)
    threshold = resolve(evaluated.workspace, f"{NAME}:1").model.operating_point.threshold
    assert (report.missing, report.n_instances) == (len(BLANK), 80)
    assert (cases.score[cases.positive] == 0).sum() == (cases.score[~cases.positive] == 1).sum() == 1
    assert found["sensitivity"] == pytest.approx((cases.score[cases.positive] >= threshold).mean())
    table = evaluated.workspace.arrays.read(report.predictions_sha256).decode()
    assert table.count("unreadable-image") == len(BLANK)


def test_a_changed_or_missing_image_stops_the_evaluation_and_the_opening_stays_logged(fresh: River, tmp_path: Path) -> None:
    copy = tmp_path / "images"
    shutil.copytree(fresh.images, copy)
    (copy / "090-0.png").unlink()
    with pytest.raises(IntegrityError, match=r"090-0\.png: an indexed image is missing"):
        evaluate(fresh.workspace, f"{NAME}:1", data_root=copy, why="x", again=True)
    shutil.copy(copy / "092-0.png", copy / "090-0.png")
    with pytest.raises(IntegrityError, match="was changed"):
        evaluate(fresh.workspace, f"{NAME}:1", data_root=copy, why="x", again=True)
    assert len(openings(fresh.workspace, fresh.split.digest())) == 3


def test_a_broken_seal_stops_the_evaluation_before_the_test_is_opened(fresh: River) -> None:
    table = fresh.workspace.root / "splits" / f"{NAME}.csv"
    table.write_text(table.read_text().replace(",test,", ",train,", 1))
    with pytest.raises(IntegrityError, match="split was changed"):
        evaluate(fresh.workspace, f"{NAME}:1", data_root=None, why="x", again=True)
    assert len(openings(fresh.workspace, fresh.split.digest())) == 1


def test_an_opening_needs_a_reason(fresh: River) -> None:
    with pytest.raises(InputError, match="without a reason"):
        evaluate(fresh.workspace, f"{NAME}:1", data_root=None, why=" ", again=True)


def test_the_pages_hold_every_number_and_two_pictures(evaluated: River) -> None:
    report = _report(evaluated)
    folder = evaluated.workspace.root / "reports" / f"{NAME}-{report.model[:12]}"
    html, markdown = (folder / "evaluation.html").read_text(), (folder / "evaluation.md").read_text()
    assert "What the partitions share" in html
    assert "Copies of an image inside one partition" in markdown
    for metric in report.metrics:
        assert metric.name in html
        assert f"{metric.value:.3f}"[:5] in html or metric.note in html
    for text in (html, markdown):
        assert report.digest() in text
        assert "How they were drawn." in text
        assert "Opening number 1" in text
    for name in ("roc.png", "reliability.png"):
        assert (folder / name).read_bytes().startswith(b"\x89PNG")


def test_the_images_that_went_worst_are_shown_with_what_was_said(evaluated: River) -> None:
    report = _report(evaluated)
    (picture,) = report.pictures
    assert picture.file == "worst.png"
    assert "20 images whose answer is farthest" in picture.caption
    folder = report_folder(evaluated.workspace, report)
    assert (folder / "worst.png").read_bytes() == evaluated.workspace.arrays.read(picture.sha256)
    assert "Images that went worst" in (folder / "evaluation.html").read_text()


def test_the_worst_come_first(evaluated: River, monkeypatch: pytest.MonkeyPatch) -> None:
    from cauce.model import worst_images as module

    rows = read_rows(evaluated.workspace, evaluated.cohort)[:4]
    seen: list[str] = []
    monkeypatch.setattr(module, "_sheet", lambda worst, pixels: seen.extend(each.said for each in worst) or b"png")
    answered = [module.Answered(row, error, str(error)) for row, error in zip(rows, (0.1, 0.9, 0.5, 0.2), strict=True)]
    module.worst_images(evaluated.workspace, answered, Images.of(evaluated.workspace, evaluated.cohort, None))
    assert seen == ["0.9", "0.5", "0.2", "0.1"]
    assert module.worst_images(evaluated.workspace, [], Images.of(evaluated.workspace, evaluated.cohort, None)) == ()
