import numpy as np
import pyarrow as pa
import pytest
from sklearn.metrics import cohen_kappa_score

from cauce.dataset.report.columns import Columns
from cauce.dataset.report.readings import agreement_of
from cauce.dataset.report.tables import agreement
from cauce.dataset.report.words import Words
from cauce.domain.reference import Mask, MaskAgreement, Reading
from cauce.store.cohort_table import write_rows
from cauce.store.settings import Language
from cauce.store.workspace import Workspace
from dataset.cohorts import cohort_record, row


def columns(readings: list) -> Columns:
    return Columns(pa.table({"patient_key": [f"P{n:03d}" for n in range(len(readings))], "readings": readings}))


def test_two_readers_of_a_class_give_cohens_kappa_on_the_cases_both_read() -> None:
    generator = np.random.default_rng(0)
    first = generator.integers(2, size=60)
    second = np.where(generator.random(60) < 0.2, 1 - first, first)
    names = ("sick", "well")
    readings = [[{"reader": "a", "label": names[x], "number": None}, {"reader": "b", "label": names[y], "number": None}]
                for x, y in zip(first, second, strict=True)]
    readings += [[{"reader": "a", "label": "sick", "number": None}], None]
    ((what, readers, found),) = agreement_of(columns(readings))
    assert (what, readers, found.n_cases) == ("sick, well", "a, b", 60)
    assert found.value == pytest.approx(cohen_kappa_score(first, second))
    for language in Language:
        assert agreement([(what, readers, found)], Words(language)) is not None


def test_three_readers_give_fleiss_and_measurements_give_the_intraclass_correlation() -> None:
    generator = np.random.default_rng(1)
    truth = generator.normal(20, 5, 40)
    readings = [[{"reader": r, "label": "big" if x > 20 else "small", "number": float(x + generator.normal())} for r in "abc"]
                for x in truth]
    kappa, icc = (found for _, _, found in agreement_of(columns(readings)))
    assert "Fleiss, 3 readers" in kappa.method or kappa.value == 1
    assert icc.value > 0.9


def test_one_reader_agrees_with_nobody() -> None:
    assert agreement_of(columns([[{"reader": "a", "label": "sick"}]] * 20)) == []
    assert agreement_of(Columns(pa.table({"patient_key": ["P1"]}))) == []
    assert agreement([], Words(Language.ENGLISH)) is None


def test_landmarks_of_two_readers_give_their_distance_in_pixels() -> None:
    readings = []
    for n in range(20):
        shift = 3.0 + (n % 5) * 0.1
        readings.append([{"reader": r, "points": [{"name": "sella", "x": 10.0 + s * shift, "y": 5.0, "z": None},
                                                  *([{"name": "nasion", "x": 0.0, "y": 0.0, "z": None}] if r == "a" else [])]}
                         for r, s in (("a", 0), ("b", 1))])
    ((what, readers, found),) = agreement_of(columns(readings))
    assert (what, readers, found.unit) == ("nasion, sella", "a, b", "px")
    assert found.value == pytest.approx(3.2)


def test_readings_of_a_stored_cohort_are_found(tmp_path) -> None:
    rows = [row(n, readings=(Reading(reader="a", label="sick" if n % 2 else "well"),
                             Reading(reader="b", label="sick" if n % 2 or n == 4 else "well"))) for n in range(30)]
    workspace = Workspace.open(tmp_path / "w")
    cohort = cohort_record(rows).model_copy(update={"table_sha256": write_rows(workspace, rows)})
    ((_, _, found),) = agreement_of(Columns.of(workspace, cohort))
    assert found.value == pytest.approx(1 - (1 / 30) / 0.5)
    assert found.n_patients == 30


def test_masks_of_two_readers_give_their_mean_dice_for_each_class(tmp_path) -> None:
    def said(dice: float | None, name: str) -> MaskAgreement:
        return MaskAgreement(first="a", second="b", name=name, dice=dice)

    masks = tuple(Reading(reader=name, mask=Mask(path=f"{name}.nii.gz", file_sha256="0" * 64)) for name in "ab")
    rows = [
        row(n, readings=masks, agreement=(
            said(0.8 + (n % 3) / 20, "bone"), said(None if n % 2 else 0.4 + (n % 4) / 10, "node"), said(None, "cyst"),
        ))
        for n in range(30)
    ]
    workspace = Workspace.open(tmp_path / "w")
    cohort = cohort_record(rows).model_copy(update={"table_sha256": write_rows(workspace, rows)})
    bone, node = agreement_of(Columns.of(workspace, cohort))
    assert (bone[0], bone[1], bone[2].n_cases, node[2].n_cases) == ("bone", "a, b", 30, 15)
    assert bone[2].value == pytest.approx(0.85)
    assert node[2].value == pytest.approx((8 * 0.4 + 7 * 0.6) / 15)
    assert "15 cases without any mask are left out" in node[2].note
