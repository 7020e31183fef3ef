import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cauce.phantom.frame import Frame, Grid, Pose
from cauce.phantom.stroke import Tubes, add_tubes, evenly, solid

FRAME = Frame(Grid(200, 200, 1.0), Pose((0.0, 0.0), 0.0, 0.0, 1.0))


@settings(max_examples=30, deadline=None)
@given(angle=st.floats(0, 6.28), radius=st.floats(1.0, 9.0), length=st.floats(20.0, 120.0))
def test_a_straight_tube_holds_the_volume_of_a_cylinder_at_any_angle(angle, radius, length):
    along = np.linspace(-length / 2, length / 2, 16)
    points = np.stack([along * np.cos(angle), along * np.sin(angle)], axis=-1)[None]
    width = np.full((1, 16), radius)
    canvas = np.zeros((200, 200), dtype=np.float32)
    add_tubes(canvas, FRAME, [(Tubes(points, width, width), solid)])
    assert canvas.sum() == pytest.approx(np.pi * radius**2 * length, rel=0.06)


def test_a_tube_shows_no_gaps_along_its_axis():
    points = np.stack([np.linspace(-60, 60, 20), np.linspace(-33, 41, 20)], axis=-1)[None]
    width = np.full((1, 20), 5.0)
    canvas = np.zeros((200, 200), dtype=np.float32)
    add_tubes(canvas, FRAME, [(Tubes(points, width, width), solid)])
    column, row = FRAME.to_pixels(points[0, 3:-3, 0], points[0, 3:-3, 1])
    core = canvas[np.rint(row).astype(int), np.rint(column).astype(int)]
    assert core.min() > 0.75 * core.mean()


def test_evenly_keeps_the_ends_and_equalises_the_steps():
    theta = np.linspace(0, 1, 50) ** 3 * np.pi
    curve = np.stack([np.cos(theta), np.sin(theta)], axis=-1)[None]
    even = evenly(curve)
    steps = np.hypot(*np.diff(even[0], axis=0).T)
    assert even[0, [0, -1]] == pytest.approx(curve[0, [0, -1]], abs=1e-9)
    assert steps.max() < 1.1 * steps.min()
