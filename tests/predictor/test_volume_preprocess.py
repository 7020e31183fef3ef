"""Volumes reach the network along the patient's axes, and class maps come back to the voxels that they are of."""

import numpy as np
import pytest

from cauce.domain.errors import OtherShapeError, UnreadableImageError
from cauce.domain.preprocess import Normalisation, VolumeRecipe
from cauce.predictor.orientation import turn_to_patient
from cauce.predictor.resample import resample_labels, resample_linear
from cauce.predictor.volume_preprocess import prepare_mask, prepare_volume, to_source
from predictor.volumes import PATIENT, geometry, orientations, position

RECIPE = VolumeRecipe(patch=(8, 8, 8))
SHAPE = (3, 4, 5)


@pytest.mark.parametrize("along", orientations())
def test_any_orientation_comes_to_the_patients_axes_and_back(along: np.ndarray) -> None:
    rng = np.random.default_rng(0)
    where = geometry(SHAPE, along=along, spacing=(3.0, 2.0, 1.0))
    mask = rng.integers(0, 4, SHAPE).astype(np.uint8)
    prepared = prepare_mask(RECIPE, mask, where, "case")
    turned = turn_to_patient(where).geometry
    assert np.allclose(np.reshape(turned.direction, (3, 3)), np.eye(3))
    assert np.array_equal(to_source(RECIPE, prepared, where), mask)
    for index in np.ndindex(SHAPE):  # every voxel keeps its place in the patient
        there = np.rint((position(where, index) - turned.origin_mm)[::-1] / turned.spacing_mm).astype(int)
        assert prepared[tuple(there)] == mask[index]


def test_an_oblique_volume_takes_the_nearest_axes() -> None:
    angle = np.radians(20)
    tilt = np.array([[np.cos(angle), np.sin(angle), 0], [-np.sin(angle), np.cos(angle), 0], [0, 0, 1]])
    turn = turn_to_patient(geometry(SHAPE, along=(np.diag([1, -1, 1]) @ PATIENT) @ tilt))
    assert (turn.order, turn.flips) == ((0, 1, 2), (False, True, False))


def test_resampling_agrees_with_simpleitk_inside_the_volume() -> None:
    sitk = pytest.importorskip("SimpleITK")
    rng = np.random.default_rng(1)
    voxels = rng.normal(size=(6, 8, 10)).astype(np.float32)
    shape = (9, 12, 25)
    image = sitk.GetImageFromArray(voxels)
    spacing = [old / new for old, new in zip(voxels.shape[::-1], shape[::-1], strict=True)]
    origin = [(step - 1) / 2 for step in spacing]
    found = sitk.Resample(image, shape[::-1], sitk.Transform(), sitk.sitkLinear, origin, spacing, np.eye(3).ravel().tolist())
    inside = (slice(2, -2), slice(2, -2), slice(2, -2))
    np.testing.assert_allclose(resample_linear(voxels, shape)[inside], sitk.GetArrayFromImage(found)[inside], atol=1e-5)


def test_shrinking_keeps_the_mean_and_does_not_alias() -> None:
    stripes = np.zeros((4, 4, 64), dtype=np.float32)
    stripes[..., ::2] = 1
    assert np.allclose(resample_linear(stripes, (4, 4, 8))[..., 1:-1], 0.5, atol=0.02)


def test_a_ball_keeps_its_volume_through_two_grids() -> None:
    z, y, x = np.ogrid[:32, :40, :48]
    ball = ((z - 15) ** 2 + (y - 20) ** 2 + (x - 24) ** 2 <= 12**2).astype(np.uint8)
    finer = resample_labels(ball, (48, 60, 72))
    assert finer.sum() / 1.5**3 == pytest.approx(ball.sum(), rel=0.02)
    assert np.mean(resample_labels(finer, (32, 40, 48)) != ball) < 0.002


def test_a_class_that_the_mask_lacks_never_appears() -> None:
    mask = np.random.default_rng(2).choice([0, 3, 200], (5, 6, 7)).astype(np.uint8)
    assert set(np.unique(resample_labels(mask, (8, 9, 4)))) <= {0, 3, 200}


def test_a_volume_is_prepared_to_the_spacing_of_the_recipe() -> None:
    where = geometry((10, 20, 20), spacing=(3.0, 1.0, 1.0))
    recipe = RECIPE.model_copy(update={"spacing_mm": (1.5, 2.0, 2.0)})
    ramp = np.broadcast_to(np.arange(20, dtype=np.float32), (10, 20, 20))
    prepared = prepare_volume(recipe, [ramp, ramp], where, "case")
    assert prepared.voxels.shape == (2, 20, 10, 10)
    assert prepared.geometry.spacing_mm == (1.5, 2.0, 2.0)
    assert prepared.voxels.dtype == np.float32
    assert abs(prepared.voxels.mean()) < 1e-5
    # the first voxel's centre stands half a new voxel inside the edge, as the old one's stood half an old voxel inside
    assert prepared.geometry.origin_mm == pytest.approx((-9.5, 20.5, 4.25))
    assert to_source(recipe, np.ones((20, 10, 10), dtype=np.uint8), where).shape == (10, 20, 20)


def test_a_window_is_scaled_to_one() -> None:
    recipe = VolumeRecipe(patch=(2, 2, 2), normalisation=Normalisation.WINDOW, lower=-1000, upper=1000)
    voxels = np.array([-2000, -1000, 0, 1000, 3000, 500, 0, 0], dtype=np.float32).reshape(2, 2, 2)
    prepared = prepare_volume(recipe, [voxels], geometry((2, 2, 2)), "case").voxels
    assert prepared.ravel().tolist() == [0, 0, 0.5, 1, 1, 0.75, 0.5, 0.5]


@pytest.mark.parametrize(("value", "says"), [(np.nan, "no numbers"), (np.inf, "no numbers"), (7.0, "no contrast")])
def test_a_volume_without_numbers_or_contrast_is_refused_by_name(value: float, says: str) -> None:
    voxels = np.full(SHAPE, value, dtype=np.float32)
    with pytest.raises(UnreadableImageError, match=says) as refusal:
        prepare_volume(RECIPE, [voxels], geometry(SHAPE), "cases/7.nii.gz")
    assert "cases/7.nii.gz" in refusal.value.line()


def test_shapes_that_do_not_belong_are_refused() -> None:
    where = geometry(SHAPE)
    with pytest.raises(OtherShapeError):
        prepare_volume(RECIPE, [np.zeros((3, 4, 6), dtype=np.float32)], where, "case")
    with pytest.raises(OtherShapeError):
        to_source(RECIPE, np.zeros((5, 4, 3), dtype=np.uint8), where)
