import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from cauce.domain.codes import Code
from cauce.domain.record import canonical_json


def test_equal_records_have_equal_digests_and_others_do_not():
    first = Code(scheme="DCM", value="130591", meaning="Focal abnormality")
    assert first.digest() == Code(meaning="Focal abnormality", value="130591", scheme="DCM").digest()
    assert first.digest() != first.model_copy(update={"value": "111286"}).digest()


def test_a_record_cannot_be_changed_or_given_unknown_fields():
    code = Code(scheme="DCM", value="1", meaning="x")
    with pytest.raises(ValidationError, match="frozen"):
        code.value = "2"
    with pytest.raises(ValidationError, match="extra"):
        Code(scheme="DCM", value="1", meaning="x", colour="red")


@given(st.dictionaries(st.text(), st.integers() | st.text() | st.booleans()))
def test_the_order_of_keys_does_not_change_the_canonical_form(content):
    assert canonical_json(content) == canonical_json(dict(reversed(content.items())))


def test_nan_has_no_canonical_form():
    with pytest.raises(ValueError, match="Out of range float"):
        canonical_json({"value": float("nan")})
