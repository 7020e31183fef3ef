import re

import pytest

from cauce.dataset.audit import audit_cohort
from cauce.dataset.report.write import write_report
from cauce.domain.errors import NotFoundError
from cauce.domain.split import Split
from cauce.store.settings import Language
from cauce.store.split_seal import csv_path
from cauce.store.workspace import Workspace


@pytest.mark.parametrize(
    ("language", "words"),
    [(Language.ENGLISH, ("Balance", "Vendor", "14 of 40 patients (35.0 %)", "Passed", "not stated")),
     (Language.SPANISH, ("Equilibrio", "Fabricante", "14 de 40 pacientes (35,0 %)", "Superada", "prueba", "mujer"))],
)
def test_the_page_holds_everything_and_needs_no_other_file(workspace: Workspace, language: Language, words: tuple) -> None:
    audit_cohort(workspace, "small")
    audit_cohort(workspace, "small", partition="source_partition")
    page, pdf = write_report(workspace, "small", language=language)
    text = page.read_text(encoding="utf-8")
    for expected in ("Siemens", workspace.records.latest(Split, "small").digest(), f'lang="{language.value}"', *words[:4]):
        assert expected in text, expected
    assert text.count("data:image/png;base64,") == 2
    assert not re.search(r'(src|href)="(?!data:)', text)
    assert "url(" not in text
    assert "patient 1<" not in text
    assert pdf.read_bytes().startswith(b"%PDF")


def test_equal_inputs_give_equal_bytes(workspace: Workspace) -> None:
    first = [path.read_bytes() for path in write_report(workspace, "small")]
    assert [path.read_bytes() for path in write_report(workspace, "small")] == first


def test_another_language_has_a_file_of_its_own(workspace: Workspace) -> None:
    own, other = write_report(workspace, "small"), write_report(workspace, "small", language=Language.SPANISH)
    assert {path.name for path in (*own, *other)} == {
        "dataset-small.html", "dataset-small.pdf", "dataset-small.es.html", "dataset-small.es.pdf",
    }


def test_the_page_of_a_cohort_without_audit_says_so(workspace: Workspace) -> None:
    assert "not audited" in write_report(workspace, "small")[0].read_text(encoding="utf-8")


def test_the_page_of_a_cohort_without_split_shows_all_as_one(workspace: Workspace) -> None:
    csv_path(workspace, "small").unlink()
    (workspace.root / "records" / "split" / "by-name" / "small.json").unlink()
    text = write_report(workspace, "small")[0].read_text(encoding="utf-8")
    assert "not split" in text
    assert "n = 54" in text


def test_an_unknown_cohort_is_answered_with_the_command_that_makes_one(workspace: Workspace) -> None:
    with pytest.raises(NotFoundError, match=r"cauce dataset index COHORT\.yaml --name other.*Known cohorts: small"):
        write_report(workspace, "other")
