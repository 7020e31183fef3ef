import numpy as np

from cauce.dataset.html import Bar, bars, contact_sheet, note, page, table


def test_text_from_data_cannot_become_markup() -> None:
    hostile = "<script>alert('x')</script>"
    body = note(hostile) + table((hostile,), [(hostile,)]) + bars(hostile, [Bar(hostile, 1, {hostile: 1})])
    text = page(hostile, hostile, body)
    text += contact_sheet(hostile, np.zeros((1, 8, 8), dtype=np.uint8))
    assert "<script" not in text


def test_bars_add_up_and_follow_the_order_given() -> None:
    entries = [Bar("train", 4, {"b": 3, "a": 1})]
    text = bars("t", entries, order=("a", "b"))
    assert "width:25.000%" in text
    assert "width:75.000%" in text
    assert text.index("a: 1 (25.0 %)") < text.index("b: 3 (75.0 %)")
    assert bars("t", entries).index("b: 3") < bars("t", entries).index("a: 1")
