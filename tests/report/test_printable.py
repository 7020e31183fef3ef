"""Text on paper."""

import json
import unicodedata
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cauce.report.printable import printable


@given(st.text(alphabet=st.characters(codec="ascii", categories=("L", "N", "P", "S")), max_size=128))
def test_plain_text_is_printed_as_it_is(text: str) -> None:
    assert printable(text) == text


@given(st.text(max_size=300))
def test_any_text_becomes_one_line_that_the_fonts_can_draw(text: str) -> None:
    covered = {point for first, last in json.loads(files("cauce.report").joinpath("fonts/coverage.json").read_bytes())
               for point in range(first, last + 1)}
    shown = printable(text)
    assert all(ord(character) in covered for character in shown)
    assert not any(unicodedata.category(character) == "Cc" for character in shown)


@pytest.mark.parametrize(
    "name", ["Íñigo Ñáñez Güell", "Иванов", "Νίκος", "山田太郎", "محمد", "שלום", "राजेश", "ไทย", "≥ 18 µm²"]
)
def test_names_of_many_scripts_are_drawn(name: str) -> None:
    assert printable(name) == unicodedata.normalize("NFC", name)


def test_what_cannot_be_drawn_is_written_as_its_code_point() -> None:
    assert printable("a\U0001F600b") == "a‹U+1F600›b"


def test_text_cannot_turn_its_direction() -> None:
    assert printable("ab\u202edc") == "ab‹U+202E›dc"


def test_long_text_is_cut_visibly() -> None:
    assert printable("x" * 500) == "x" * 127 + "…"


def test_the_list_of_covered_characters_is_that_of_the_fonts() -> None:
    fonts = pytest.importorskip("fontTools.ttLib")
    folder = files("cauce.report").joinpath("fonts")
    drawn: set[int] = set()
    for font in folder.iterdir():
        if font.name.endswith(".ttf"):
            drawn |= set(fonts.TTFont(str(font)).getBestCmap())
    for first, last in json.loads(folder.joinpath("coverage.json").read_bytes()):
        assert set(range(first, last + 1)) <= drawn
