from hypothesis import given
from hypothesis import strategies as st

from cauce.dataset.deidentify.vocabulary import clean_text, words


def test_words_of_the_list_and_short_numbers_stay() -> None:
    assert clean_text("T2w axial head 5mm for Dr. Smith, MRN 4711234", frozenset()) == "T2w axial head 5mm"


def test_a_word_of_the_list_goes_when_it_is_the_patients_name() -> None:
    assert clean_text("HEAD chest", frozenset({"head"})) == "chest"


@given(st.text())
def test_nothing_else_ever_stays(text: str) -> None:
    for word in clean_text(text, frozenset()).split():
        assert word.casefold() in words() or (word[0].isdigit() and len(word) <= 6)
