"""Both languages say everything."""

import pytest

from cauce.clinical.chest_xray.texts import RefusalCode, clinical_texts, refusal_of
from cauce.domain.codes import Code
from cauce.domain.result import Refusal, Side, Zone
from cauce.store.settings import Language


@pytest.mark.parametrize("language", list(Language))
def test_every_reason_side_and_zone_has_words(language: Language) -> None:
    texts = clinical_texts(language)
    assert set(texts.refusals) == set(RefusalCode)
    assert set(texts.sides) == set(Side)
    assert set(texts.zones) == set(Zone)


def test_both_languages_know_the_same_findings() -> None:
    english, spanish = (clinical_texts(language).findings for language in Language)
    assert set(english) == set(spanish)


def test_a_refusal_is_told_in_the_language_of_the_reader_with_its_details() -> None:
    refusal = refusal_of(RefusalCode.WRONG_VIEW, expected="PA, AP", got="LL")
    assert refusal.reason == "The view is not one that this model accepts (accepted: PA, AP; received: LL)"
    assert clinical_texts(Language.SPANISH).refusal(refusal).endswith("(admitido: PA, AP; recibido: LL)")


def test_unknown_codes_fall_back_to_the_records_own_words() -> None:
    texts = clinical_texts(Language.SPANISH)
    assert texts.finding(Code(scheme="99X", value="1", meaning="Something")) == "Something"
    assert texts.refusal(Refusal(code="other", reason="For another reason")) == "For another reason"


def test_codes_fit_into_a_dicom_code_value() -> None:
    assert all(len(code.value) <= 16 for code in RefusalCode)


@pytest.mark.parametrize("language", list(Language))
def test_meanings_of_reasons_fit_into_a_dicom_code_meaning_or_are_short_enough_to_shorten(language: Language) -> None:
    assert all(len(sentence) <= 90 for sentence in clinical_texts(language).refusals.values())
