import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cauce.phantom.frame import Ellipsoid, Frame, Grid, Pose, add_ellipsoid

GRID = Grid(rows=120, columns=100, spacing_mm=3.0)
POSES = st.builds(
    Pose,
    shift_mm=st.tuples(st.floats(-20, 20), st.floats(-20, 20)),
    tilt=st.floats(-0.05, 0.05),
    curve_mm=st.floats(-8, 8),
    magnification=st.floats(0.9, 1.2),
)


@settings(max_examples=40, deadline=None)
@given(pose=POSES, row=st.integers(0, 119), column=st.integers(0, 99))
def test_a_pixels_body_coordinates_lead_back_to_the_pixel(pose, row, column):
    frame = Frame(GRID, pose)
    back = frame.to_pixels(frame.u[row, column], frame.v[row, 0])
    assert back == pytest.approx((column, row), abs=1e-2)


def test_an_ellipsoids_chords_sum_to_its_volume():
    frame = Frame(Grid(400, 400, 0.5), Pose((0, 0), 0.0, 0.0, 1.0))
    canvas = np.zeros((400, 400), dtype=np.float32)
    add_ellipsoid(canvas, frame, Ellipsoid((5.0, -7.0), (30.0, 18.0), 11.0, 0.7))
    assert canvas.sum() * 0.25 == pytest.approx(4 / 3 * np.pi * 30 * 18 * 11, rel=0.01)
    assert canvas.max() == pytest.approx(22.0, rel=0.01)


def test_joined_ellipsoids_keep_the_deeper_chord():
    frame = Frame(GRID, Pose((0, 0), 0.0, 0.0, 1.0))
    canvas = np.zeros((120, 100), dtype=np.float32)
    for depth in (10.0, 6.0):
        add_ellipsoid(canvas, frame, Ellipsoid((0.0, 0.0), (40.0, 40.0), depth), join=True)
    assert canvas.max() == pytest.approx(20.0, rel=0.01)


def test_an_ellipsoid_outside_the_detector_changes_nothing():
    frame = Frame(GRID, Pose((0, 0), 0.0, 0.0, 1.0))
    canvas = np.zeros((120, 100), dtype=np.float32)
    add_ellipsoid(canvas, frame, Ellipsoid((900.0, -900.0), (10.0, 10.0), 5.0))
    assert not canvas.any()
