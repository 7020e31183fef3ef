"""What a reference standard must say, and that older records keep their digest."""

import pytest
from pydantic import ValidationError

from cauce.domain.errors import ConfigurationError
from cauce.domain.reference import Box, Reading, ReferenceKind, ReferenceStandard

FINDING = {"scheme": "SCT", "value": "233604007", "meaning": "Pneumonia"}
BINARY = {"positive": ["a"], "negative": ["b"], "finding": FINDING, "source": "s"}


def test_a_reference_without_kind_is_binary_and_keeps_its_json() -> None:
    reference = ReferenceStandard.model_validate(BINARY)
    assert reference.kind is ReferenceKind.CLASS
    assert reference.model_dump(mode="json") == BINARY


@pytest.mark.parametrize("change", [
    {"negative": []}, {"negative": ["a"]}, {"kind": "mask"}, {"kind": "mask", "positive": [], "negative": []},
    {"classes": ["x"]}, {"kind": "labels", "positive": [], "negative": [], "classes": ["x", "x"]},
    {"kind": "number", "positive": [], "negative": [], "classes": ["x"]},
])
def test_a_reference_that_contradicts_its_kind_cannot_be_built(change: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        ReferenceStandard.model_validate({**BINARY, **change})


def test_a_step_for_another_kind_refuses_with_a_remedy() -> None:
    masks = ReferenceStandard.model_validate({"kind": "mask", "classes": ["lesion"], "finding": FINDING, "source": "s"})
    with pytest.raises(ConfigurationError, match=r"brain: .*expected reference.kind class, got mask"):
        masks.require(ReferenceKind.CLASS, where="brain")
    masks.require(ReferenceKind.MASK, where="brain")


def test_a_reading_is_one_answer_and_nothing_found_is_an_answer() -> None:
    assert Reading(reader="a", boxes=()).boxes == ()
    for wrong in ({}, {"label": "x", "number": 1.0}):
        with pytest.raises(ValidationError):
            Reading(reader="a", **wrong)
    with pytest.raises(ValidationError, match="area"):
        Box(name="RBC", x_min=4, y_min=1, x_max=4, y_max=9)
