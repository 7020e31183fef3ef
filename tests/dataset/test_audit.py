import io
from dataclasses import replace
from pathlib import Path

import PIL.Image
import pytest

from cauce.dataset.audit import audit_cohort, label_conflicts
from cauce.dataset.index import index_cohort
from cauce.dataset.split import split_cohort
from cauce.domain.audit import AuditReport, LeakKind
from cauce.domain.errors import InputError, NotFoundError
from cauce.store.workspace import Workspace
from dataset.cohorts import lines, row, write_table, write_table_cohort


def planted(tmp_path: Path, quality: int | None) -> tuple[Workspace, Path]:
    """A cohort in which patient 1's image in `train` stands again as patient 2's in `test`: as it is, or as a JPEG."""
    rows = [replace(line, part="train") for line in lines(20)]
    folder = write_table_cohort(tmp_path / "data", rows)
    image = PIL.Image.open(folder / "images" / "p001_0.png")
    stream = io.BytesIO()
    image.save(stream, "PNG") if quality is None else image.save(stream, "JPEG", quality=quality)
    (folder / "images" / "p002_0.png").write_bytes(stream.getvalue())
    write_table(folder, [replace(line, part="test") if line.image == "p002_0.png" else line for line in rows])
    return Workspace.open(tmp_path / "w"), folder


def test_a_sealed_split_passes_and_its_report_is_kept(workspace: Workspace) -> None:
    report = audit_cohort(workspace, "small")
    assert report.passed
    assert report.counts == dict.fromkeys(LeakKind, 0)
    assert (report.n_instances, report.n_patients, report.partition_source) == (54, 40, "split")
    assert workspace.records.latest(AuditReport, "small") == report


def test_the_sources_own_partition_is_audited_and_crossing_patients_are_counted(workspace: Workspace) -> None:
    report = audit_cohort(workspace, "small", partition="source_partition")
    assert not report.passed
    assert report.counts[LeakKind.PATIENT] == 14  # every third of 40 patients has two images, in two partitions
    assert report.split is None
    leak = report.leaks[0]
    assert len(leak.partitions) == len(leak.paths) == 2
    with pytest.raises(NotFoundError):
        workspace.records.latest(AuditReport, "small")


@pytest.mark.parametrize(("quality", "kind"), [(None, LeakKind.PIXELS), (40, LeakKind.NEAR_DUPLICATE)])
def test_a_copy_under_another_patient_is_found_though_re_encoded(tmp_path: Path, quality: int | None, kind: LeakKind) -> None:
    workspace, folder = planted(tmp_path, quality)
    cohort = index_cohort(workspace, folder, name="planted")
    report = audit_cohort(workspace, "planted", partition="source_partition")
    assert report.counts[kind] == 1
    assert report.counts[LeakKind.PATIENT] == 0
    (leak,) = (each for each in report.leaks if each.kind is kind)
    assert sorted(leak.paths) == ["images/p001_0.png", "images/p002_0.png"]
    assert report.label_conflicts == (("images/p001_0.png", "images/p002_0.png"),)
    split_cohort(workspace, cohort)  # links the two patients
    assert audit_cohort(workspace, "planted").passed


def test_other_columns_and_sources_without_partition_are_refused(workspace: Workspace, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such column"):
        audit_cohort(workspace, "small", partition="label")
    rows = [replace(line, part="") for line in lines(10)]
    index_cohort(workspace, write_table_cohort(tmp_path / "data", rows), name="plain")
    with pytest.raises(InputError, match="proposes no partition"):
        audit_cohort(workspace, "plain", partition="source_partition")
    with pytest.raises(NotFoundError, match="cauce dataset split plain"):
        audit_cohort(workspace, "plain")


def test_label_conflicts_name_copies_with_other_labels_only() -> None:
    same = f"{7:064x}"
    rows = [row(0, pixel_sha256=same), row(1, pixel_sha256=same), row(2), row(3), row(4)]
    assert label_conflicts(rows, [(2, 3), (2, 4)]) == [("00000.png", "00001.png"), ("00002.png", "00003.png")]


def test_copies_are_shown_side_by_side_with_what_was_done_to_them(tmp_path: Path) -> None:
    workspace, folder = planted(tmp_path, None)
    image = PIL.Image.open(folder / "images" / "p001_0.png").transpose(PIL.Image.Transpose.FLIP_LEFT_RIGHT)
    image.save(folder / "images" / "p002_0.png")
    index_cohort(workspace, folder, name="planted")
    report = audit_cohort(workspace, "planted", partition="source_partition")
    (copy,) = report.copies
    assert copy.crosses
    assert copy.mirrored
    assert (report.n_copies_between, report.n_copies_inside) == (1, 0)
    page = (workspace.root / "reports" / "copies-planted.source_partition.html").read_text(encoding="utf-8")
    assert "mirrored" in page
    assert page.count("data:image/png;base64,") == 2
    assert page.count("images/p00") == 2


def test_copies_inside_a_partition_are_counted_and_are_no_leak(tmp_path: Path) -> None:
    workspace, folder = planted(tmp_path, 40)
    cohort = index_cohort(workspace, folder, name="planted")
    split_cohort(workspace, cohort)
    report = audit_cohort(workspace, "planted")
    assert report.passed
    assert (report.n_copies_between, report.n_copies_inside) == (0, 1)
    assert not report.copies[0].crosses


def test_copies_are_looked_for_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    workspace, folder = planted(tmp_path, 40)
    split_cohort(workspace, index_cohort(workspace, folder, name="planted"))
    monkeypatch.setattr("cauce.dataset.copies.near_duplicates", None)
    assert audit_cohort(workspace, "planted").n_copies_inside == 1
