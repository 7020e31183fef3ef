from pathlib import Path

import pytest
import yaml

from cauce.dataset.audit import audit_cohort
from cauce.dataset.index import index_cohort
from cauce.dataset.report.write import write_report
from cauce.dataset.split import split_cohort
from cauce.domain.audit import LeakKind
from cauce.domain.errors import InputError
from cauce.store.audit_gate import passed_audit
from cauce.store.cohort_table import read_rows
from cauce.store.workspace import Workspace
from dataset.cohorts import REFERENCE

COLUMNS = {"patient": "number", "label": "finding", "origin": "origin", "vendor": "maker", "age_years": "age",
           "source_partition": "set", "view": "view"}


def write_case_table(folder: Path, cases: int = 60) -> Path:
    """As a course has it: number, origin, TRAINING / VALIDACIÓN / TEST, maker; ages and views that cannot be."""
    sets, makers = ("TRAINING", "TRAINING", "TRAINING", "VALIDACIÓN", "TEST"), ("GE", "PHILIPS", "SIEMENS", "Siemens")
    lines = ["number,origin,set,maker,finding,age,view"]
    lines += [
        f"{case},{'India' if case % 3 else 'Spain'},{sets[case // 2 % 5]},{makers[case % 4]},"
        f"{'sick|cough' if case % 2 else 'well'},{400 if case == 7 else 50},{'' if case == 8 else 'PA'}"
        for case in range(cases)
    ]
    folder.mkdir(parents=True)
    (folder / "cases.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    content = {
        "description": "made for a test", "licence": "CC0", "reference": REFERENCE,
        "source": {"kind": "table", "table": "cases.csv", "images": None, "columns": COLUMNS, "label_separator": "|"},
        "split": {"from_source": True, "balance": ["label", "origin", "vendor"]},
    }
    (folder / "cohort.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")
    return folder


def test_a_table_without_images_goes_all_the_way_and_says_that_no_pixels_were_read(tmp_path: Path) -> None:
    workspace = Workspace.open(tmp_path / "w")
    cohort = index_cohort(workspace, write_case_table(tmp_path / "c"), name="cases")
    rows = {row.path: row for row in read_rows(workspace, cohort)}
    assert not cohort.pixels_read
    assert [(each.written, each.unified, each.instances) for each in cohort.vendor_spellings] == [
        ("GE", "GE", 15), ("PHILIPS", "Philips", 15), ("SIEMENS", "Siemens", 15), ("Siemens", "Siemens", 15)]
    assert rows["cases.csv#0000009"].acquisition.age_years is None
    assert rows["cases.csv#0000010"].acquisition.view == "unknown"
    assert (rows["cases.csv#0000003"].label, rows["cases.csv#0000003"].labels) == ("sick", ("sick", "cough"))
    split = split_cohort(workspace, cohort)
    assert [len(split.train), len(split.tune), len(split.test)] == [36, 12, 12]
    report = audit_cohort(workspace, "cases")
    assert report.passed
    assert set(report.counts) == {LeakKind.PATIENT, LeakKind.STUDY, LeakKind.INSTANCE}
    assert write_report(workspace, "cases")[0].is_file()
    with pytest.raises(InputError, match="table without images"):
        passed_audit(workspace, cohort, split)
    assert index_cohort(workspace, tmp_path / "c", name="cases") == cohort
