from pathlib import Path

import pytest

from cauce.dataset.inclusion import decide, without_duplicates
from cauce.dataset.listing import Listing, Stated
from cauce.dataset.reading import FileRead
from cauce.domain.cohort import CohortSpec, Exclusion, InclusionCriteria
from cauce.domain.study import InstanceRow
from dataset.cohorts import cohort_record, row


def listing(**stated: Stated) -> Listing:
    return Listing(Path(), (), {f"{name}.png": value for name, value in stated.items()}, "path", True)


def spec(**include: object) -> CohortSpec:
    return cohort_record([]).spec.model_copy(update={"include": InclusionCriteria(**include)})


def outcome(stated: Stated, given: CohortSpec, **changes: object) -> InstanceRow | Exclusion:
    read = FileRead("a.png", row(1, path="a.png", **changes), patient_known=False)
    return decide(read, listing(a=stated), given, key=None)


def test_the_table_fills_what_the_file_does_not_say() -> None:
    stated = Stated("well", "7", "test", {"vendor": "GE", "view": "AP", "origin": "North", "age_years": 30.0})
    found = outcome(stated, spec(), vendor="Siemens", origin="South")
    assert isinstance(found, InstanceRow)
    assert (found.acquisition.vendor, found.acquisition.view, found.acquisition.origin, found.acquisition.age_years) == (
        "Siemens", "AP", "North", 30.0,
    )
    assert (found.label, found.source_partition) == ("well", "test")
    assert "7" != found.patient_key != row(1).patient_key


@pytest.mark.parametrize(
    ("include", "changes", "code"),
    [({"modalities": ("DX",)}, {"modality": "CT"}, "modality"), ({"body_parts": ("CHEST",)}, {}, "body-part"),
     ({"views": ("PA", "AP")}, {"view": "LL"}, "view"), ({"minimum_age_years": 18}, {"age_years": 17.5}, "age"),
     ({"maximum_age_years": 18}, {}, "age"), ({"minimum_rows": 65}, {}, "too-small")],
)
def test_each_criterion_has_its_code(include: dict[str, object], changes: dict[str, object], code: str) -> None:
    found = outcome(Stated("well", "7"), spec(**include), **changes)
    assert isinstance(found, Exclusion)
    assert found.code == code


def test_labels_outside_the_reference_standard_are_excluded() -> None:
    for label, code in ((None, "no-label"), ("maybe", "other-label")):
        found = outcome(Stated(label, "7"), spec())
        assert isinstance(found, Exclusion)
        assert found.code == code


def test_a_second_file_of_an_instance_goes_and_another_patients_copy_stays() -> None:
    first, again = row(1), row(1, path="copy.png")
    foreign = row(1, path="foreign.png", patient_key=row(2).patient_key)
    kept, excluded = without_duplicates([first, again, foreign])
    assert kept == [first, foreign]
    assert [(each.path, each.code) for each in excluded] == [("copy.png", "duplicate")]


def test_raw_detector_values_are_left_out_unless_the_cohort_takes_them() -> None:
    tags = {"tags": {"PresentationIntentType": "FOR PROCESSING"}}
    left_out = outcome(Stated("well", "7"), spec(), **tags)
    assert isinstance(left_out, Exclusion)
    assert left_out.code == "for-processing"
    assert isinstance(outcome(Stated("well", "7"), spec(for_processing=True), **tags), InstanceRow)
    assert isinstance(outcome(Stated("well", "7"), spec(), tags={"PresentationIntentType": "FOR PRESENTATION"}), InstanceRow)
