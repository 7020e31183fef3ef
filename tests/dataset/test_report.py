import re

import pytest

from cauce.dataset.audit import audit_cohort
from cauce.dataset.report import write_report
from cauce.domain.errors import NotFoundError
from cauce.domain.split import Split
from cauce.store.split_seal import csv_path
from cauce.store.workspace import Workspace


def test_the_page_holds_everything_and_needs_no_other_file(workspace: Workspace) -> None:
    audit_cohort(workspace, "small")
    audit_cohort(workspace, "small", partition="source_partition")
    text = write_report(workspace, "small").read_text(encoding="utf-8")
    for expected in ("40", "54", "Balance", "Origin", "Vendor", "Siemens", "Exclusions", "14 of 40 patients (35.0 %)",
                     "Audit of the sealed split: passed", workspace.records.latest(Split, "small").digest()):
        assert expected in text, expected
    assert text.count("data:image/png;base64,") == 2
    assert not re.search(r'(src|href)="(?!data:)', text)
    assert "url(" not in text
    assert "patient 1" not in text


def test_the_page_of_a_cohort_without_audit_says_so(workspace: Workspace) -> None:
    assert "not audited" in write_report(workspace, "small").read_text(encoding="utf-8")


def test_the_page_of_a_cohort_without_split_shows_all_as_one(workspace: Workspace) -> None:
    csv_path(workspace, "small").unlink()
    (workspace.root / "records" / "split" / "by-name" / "small.json").unlink()
    text = write_report(workspace, "small").read_text(encoding="utf-8")
    assert "not split" in text
    assert "n = 54" in text


def test_an_unknown_cohort_is_named(workspace: Workspace) -> None:
    with pytest.raises(NotFoundError, match="Known names: small"):
        write_report(workspace, "other")
