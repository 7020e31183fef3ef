"""Drawings, contact sheets, words and the two prints."""

import io
import re
import string
from xml.etree import ElementTree

import numpy as np
import PIL.Image

from cauce.dataset.report.document import Chart, Charts, Document, Note, Section, Table, Tile
from cauce.dataset.report.drawing import Bars, Range, bars, pies, ranges
from cauce.dataset.report.html import page
from cauce.dataset.report.sheet import contact_sheet
from cauce.dataset.report.words import TEXTS, Words
from cauce.dataset.sample_pictures import outlines
from cauce.store.settings import Language

HOSTILE = "<script>alert('x')</script>&\""


def percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def test_text_from_data_cannot_become_markup() -> None:
    rows = [Bars(HOSTILE, (1, 2), "#000000")]
    drawings = (pies([HOSTILE, "b"], ["1", "2"], rows, percent), bars(rows, (1, 2), percent),
                ranges([Range(HOSTILE, (1, 2, 3, 4, 5), "#000000")], str))
    for drawing in drawings:
        ElementTree.fromstring(drawing)
    charts = Charts(tuple(Chart(HOSTILE, drawing, HOSTILE, HOSTILE) for drawing in drawings))
    parts = (Note(HOSTILE), Table((HOSTILE,), ((HOSTILE,),), title=HOSTILE), charts)
    tiles, sections = (Tile(HOSTILE, HOSTILE, HOSTILE),), (Section(HOSTILE, parts),)
    text = page(Document("en", HOSTILE, HOSTILE, HOSTILE, tiles, sections, HOSTILE))
    assert "<script" not in text


def test_bars_are_as_long_as_their_shares() -> None:
    drawing = bars([Bars("a", (1, 4), "#123456"), Bars("b", (3, 0), "#123456")], (4, 4), percent)
    widths = [float(width) for width in re.findall(r'width="([\d.]+)" height="10"', drawing)]
    np.testing.assert_allclose(np.array(widths) / max(widths), [0.25, 1, 0.75, 0.005], atol=0.01)


def test_a_pie_of_one_value_is_a_whole_circle_and_an_empty_part_draws_nothing() -> None:
    assert "<circle" in pies(["a"], ["5"], [Bars("x", (5,), "#0072b2")], percent)
    assert "<path" not in pies(["a"], ["0"], [Bars("x", (0,), "#0072b2")], percent)


def test_masks_are_drawn_as_outlines_in_colour_and_pictures_stay_as_they_are() -> None:
    pictures = np.full((2, 8, 8), 100, np.uint8)
    mask = np.zeros((2, 8, 8), np.uint8)
    mask[0, 2:6, 2:6] = 1
    assert outlines(mask[0]).sum() == 12
    png, width, height = contact_sheet(pictures, np.stack([outlines(each) for each in mask]))
    image = np.asarray(PIL.Image.open(io.BytesIO(png)))
    assert (width, height) == (19, 8)
    assert image[2, 2].tolist() != [100, 100, 100]
    assert image[4, 4].tolist() == [100, 100, 100]
    grey = np.asarray(PIL.Image.open(io.BytesIO(contact_sheet(pictures)[0])))
    assert grey.ndim == 2


def test_both_languages_have_the_same_texts_with_the_same_places() -> None:
    english, spanish = TEXTS[Language.ENGLISH], TEXTS[Language.SPANISH]
    assert english.keys() == spanish.keys()
    for key, text in english.items():
        places = {name for _, name, _, _ in string.Formatter().parse(text) if name}
        assert places == {name for _, name, _, _ in string.Formatter().parse(spanish[key]) if name}, key


def test_numbers_follow_the_language() -> None:
    english, spanish = Words(Language.ENGLISH), Words(Language.SPANISH)
    assert (english.count(1234), english.count(112120), english.percent(0.1234)) == ("1,234", "112,120", "12.3 %")
    assert (spanish.count(1234), spanish.count(112120), spanish.percent(0.1234)) == ("1234", "112\u202f120", "12,3 %")
    assert spanish.value("age", "75 and over") == "75 o más"
    assert spanish.value("vendor", "F") == "F"
