"""What may be analysed."""

import numpy as np
import pytest

from cauce.clinical.chest_xray.intended_use import refusal_for
from chest_results import CONTRACT, radiograph, with_image


def test_an_adult_frontal_radiograph_is_accepted() -> None:
    assert refusal_for(CONTRACT, radiograph()) is None


@pytest.mark.parametrize(("header", "code", "got"), [
    ({"Modality": "CT"}, "not-a-radiograph", "CT"),
    ({"BodyPartExamined": "ABDOMEN"}, "wrong-body-part", "ABDOMEN"),
    ({"ViewPosition": "LL"}, "wrong-view", "LL"),
    ({"PatientOrientation": ["A", "F"]}, "wrong-view", "PatientOrientation A\\F"),
    ({"PatientOrientation": ["F", "R"]}, "rotated", "PatientOrientation F\\R"),
    ({"PatientOrientation": ["L", "H"]}, "rotated", "PatientOrientation L\\H"),
])
def test_a_header_that_contradicts_the_contract_is_refused_with_what_came(
    header: dict[str, object], code: str, got: str
) -> None:
    refusal = refusal_for(CONTRACT, radiograph(**header))
    assert refusal is not None
    assert (refusal.code, refusal.got) == (code, got)


def test_a_child_is_refused_without_naming_the_age() -> None:
    refusal = refusal_for(CONTRACT, radiograph(PatientAge="009Y"))
    assert refusal is not None
    assert refusal.code == "too-young"
    assert "9" not in refusal.reason + refusal.got


def test_an_upper_age_limit_is_kept() -> None:
    refusal = refusal_for(CONTRACT.model_copy(update={"maximum_age_years": 5.0, "minimum_age_years": None}), radiograph())
    assert refusal is not None
    assert refusal.code == "too-old"


def test_what_the_file_does_not_state_lets_the_image_pass() -> None:
    silent = ("ViewPosition", "ViewCodeSequence", "BodyPartExamined", "PatientAge", "PatientOrientation")
    assert refusal_for(CONTRACT, radiograph(**dict.fromkeys(silent))) is None


@pytest.mark.parametrize("spelling", ["THORAX", "Chest", "TÓRAX"])
def test_other_spellings_of_chest_are_chest(spelling: str) -> None:
    assert refusal_for(CONTRACT, radiograph(BodyPartExamined=spelling, SpecificCharacterSet="ISO_IR 192")) is None


def test_a_volume_and_a_tiny_image_are_refused() -> None:
    loaded = radiograph()
    volume = refusal_for(CONTRACT, with_image(loaded, np.zeros((3, 200, 200), dtype=np.float32)))
    tiny = refusal_for(CONTRACT, with_image(loaded, np.zeros((63, 200), dtype=np.float32)))
    assert volume is not None
    assert tiny is not None
    assert (volume.code, tiny.code) == ("not-one-image", "too-small")


def test_the_coarsest_reason_counts() -> None:
    refusal = refusal_for(CONTRACT, radiograph(Modality="CT", ViewPosition="LL", PatientAge="009Y"))
    assert refusal is not None
    assert refusal.code == "not-a-radiograph"
