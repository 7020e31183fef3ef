"""Contours are filled at pixel centres by the even-odd rule."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from cauce.dicom.polygon import fill_even_odd

SHAPE = (9, 11)
square = np.array([[1.0, 1.0], [6.0, 1.0], [6.0, 6.0], [1.0, 6.0]])


def plain(contours: list[NDArray], shape: tuple[int, int]) -> NDArray[np.bool_]:
    """Crossings left of each centre, one edge and one pixel at a time."""
    found = np.zeros(shape, dtype=bool)
    for row in range(shape[0]):
        for column in range(shape[1]):
            crossings = 0
            for contour in contours:
                for (x0, y0), (x1, y1) in zip(contour, np.roll(contour, -1, axis=0), strict=True):
                    (y0, x0), (y1, x1) = sorted([(y0, x0), (y1, x1)])
                    if y0 <= row < y1:
                        crossings += x0 + (row - y0) / (y1 - y0) * (x1 - x0) <= column
            found[row, column] = crossings % 2
    return found


points = st.integers(-40, 160).map(lambda value: value / 10)
contours = st.lists(hnp.arrays(np.float64, st.tuples(st.integers(3, 8), st.just(2)), elements=points), min_size=1, max_size=3)


@given(contours)
@settings(max_examples=60, deadline=None)
def test_every_pixel_is_that_of_the_plain_rule(given_contours: list[NDArray]) -> None:
    np.testing.assert_array_equal(fill_even_odd(given_contours, SHAPE), plain(given_contours, SHAPE))


@given(hnp.arrays(np.float64, 2, elements=st.floats(1, 6)))
@settings(max_examples=40, deadline=None)
def test_parts_that_share_edges_share_no_pixel_and_leave_none_out(centre: NDArray) -> None:
    parts = [fill_even_odd([np.array([centre, square[at], square[(at + 1) % 4]])], SHAPE) for at in range(4)]
    inside = fill_even_odd([square], SHAPE)
    np.testing.assert_array_equal(np.sum(parts, axis=0), inside.astype(int))


def test_an_inner_contour_and_a_keyhole_cut_the_same_hole() -> None:
    hole = np.array([[2.5, 2.5], [2.5, 4.5], [4.5, 4.5], [4.5, 2.5]])
    keyhole = np.vstack([square, square[:1], hole, hole[:1]])
    ring = fill_even_odd([square, hole], SHAPE)
    np.testing.assert_array_equal(fill_even_odd([keyhole], SHAPE), ring)
    assert ring.sum() == 25 - 4


def test_half_a_pixel_counts() -> None:
    """The square from 0.5 to 3.5 holds the centres 1, 2 and 3; moved by half a pixel it holds 0 (on its left edge), 1, 2."""
    box = np.array([[0.5, 0.5], [3.5, 0.5], [3.5, 3.5], [0.5, 3.5]])
    expected = np.zeros(SHAPE, dtype=bool)
    expected[1:4, 1:4] = True
    np.testing.assert_array_equal(fill_even_odd([box], SHAPE), expected)
    np.testing.assert_array_equal(fill_even_odd([box - 0.5], SHAPE), np.roll(expected, (-1, -1), axis=(0, 1)))
