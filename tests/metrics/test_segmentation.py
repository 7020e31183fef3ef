"""Overlap and surface distance of masks: MONAI as oracle, laws, and what empty masks mean."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from cauce.domain.errors import InputError
from cauce.metrics.agreement import logarithmic, logit
from cauce.metrics.mean import mean_over_cases
from cauce.metrics.overlap import overlap
from cauce.metrics.surface import surface_distances

SPACING = (2.5, 0.8, 1.1)


def blob(seed: int, shape: tuple[int, ...] = (20, 31, 27)) -> np.ndarray:
    noise = np.random.default_rng(seed).normal(size=shape)
    return ndimage.gaussian_filter(noise, 3) > 0.02


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("dimensions", [2, 3])
def test_overlap_and_surface_equal_monai(seed: int, dimensions: int) -> None:
    monai = pytest.importorskip("monai.metrics")
    import torch

    shape, spacing = (20, 31, 27)[:dimensions], SPACING[:dimensions]
    reference, prediction = blob(seed, shape), blob(seed, shape) ^ (blob(seed + 50, shape) & blob(seed + 90, shape))
    y, y_pred = (torch.from_numpy(mask[None, None].astype(np.float32)) for mask in (reference, prediction))
    found, distances = overlap(reference, prediction), surface_distances(reference, prediction, spacing)
    assert found.dice == pytest.approx(float(monai.compute_dice(y_pred, y)), rel=1e-6)
    assert found.iou == pytest.approx(float(monai.compute_iou(y_pred, y)), rel=1e-6)
    assert distances.hausdorff() == pytest.approx(
        float(monai.compute_hausdorff_distance(y_pred, y, include_background=True, percentile=95, spacing=spacing)), rel=1e-5)
    assert distances.average() == pytest.approx(
        float(monai.compute_average_surface_distance(y_pred, y, include_background=True, symmetric=True, spacing=spacing)),
        rel=1e-5)
    assert distances.normalised_dice(1.5) == pytest.approx(
        float(monai.compute_surface_dice(y_pred, y, [1.5], include_background=True, spacing=spacing)), rel=1e-5)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 6))
def test_a_shift_moves_every_surface_voxel_by_at_most_its_length(seed: int, step: int) -> None:
    cube = np.zeros((30, 30, 30), dtype=bool)
    size = 8 + seed % 7
    cube[5:5 + size, 5:5 + size, 5:5 + size] = True
    moved = np.roll(cube, step, axis=2)
    distances = surface_distances(cube, moved, (1.0, 1.0, 0.5))
    assert distances.hausdorff(100) == pytest.approx(step * 0.5)
    assert distances.normalised_dice(step * 0.5) == 1.0
    swapped = surface_distances(moved, cube, (1.0, 1.0, 0.5))
    assert swapped.hausdorff() == distances.hausdorff()
    assert swapped.average() == pytest.approx(distances.average())


def test_the_same_mask_agrees_in_everything() -> None:
    mask = blob(4)
    distances = surface_distances(mask, mask, SPACING)
    assert (overlap(mask, mask).dice, overlap(mask, mask).volume_error()) == (1.0, 0.0)
    assert (distances.hausdorff(), distances.average(), distances.normalised_dice(0)) == (0.0, 0.0, 1.0)


def test_a_mask_that_touches_the_image_border_has_its_surface_there() -> None:
    full = np.ones((4, 5), dtype=bool)
    assert len(surface_distances(full, full, (1.0, 1.0)).to_prediction) == 4 * 5 - 2 * 3


def test_an_empty_mask_is_the_worst_and_two_are_nothing() -> None:
    empty, mask = np.zeros((9, 9, 9), dtype=bool), blob(1, (9, 9, 9))
    for one, other in ((empty, mask), (mask, empty)):
        distances = surface_distances(one, other, SPACING)
        assert overlap(one, other).dice == 0.0
        assert (distances.hausdorff(), distances.average(), distances.normalised_dice(3)) == (np.inf, np.inf, 0.0)
    nothing = surface_distances(empty, empty, SPACING)
    assert np.isnan([overlap(empty, empty).dice, nothing.hausdorff(), nothing.average(), nothing.normalised_dice(1)]).all()


@pytest.mark.parametrize(("other", "spacing", "named"), [
    (np.zeros((3, 3), dtype=bool), (1.0, 1.0), "shape"), (np.zeros((3, 4), dtype=np.uint8), (1.0, 1.0), "false and true"),
    (np.zeros((3, 4), dtype=bool), (1.0,), "spacing"), (np.zeros((3, 4), dtype=bool), (1.0, 0.0), "spacing"),
])
def test_masks_that_cannot_be_compared_are_refused(other: np.ndarray, spacing: tuple[float, ...], named: str) -> None:
    with pytest.raises(InputError, match=named):
        surface_distances(np.zeros((3, 4), dtype=bool), other, spacing)


def test_the_mean_over_cases_is_clustered_by_patient_and_leaves_out_what_has_no_value() -> None:
    rng = np.random.default_rng(0)
    patient = np.repeat(np.arange(40), 3)
    dice = np.clip(0.8 + rng.normal(0, 0.05, 40)[patient] + rng.normal(0, 0.01, 120), 0.01, 0.99)
    with_gap = np.append(dice, np.nan)
    found = mean_over_cases("Dice", with_gap, np.append(patient, 40), logit)
    assert found.value == pytest.approx(dice.mean())
    assert (found.n_patients, found.n_cases) == (40, 120)
    alone = mean_over_cases("Dice", dice, None, logit)
    assert found.upper - found.lower > 1.4 * (alone.upper - alone.lower)  # three images of a patient are not three patients
    assert mean_over_cases("HD95", [2.0] * 3, None, logarithmic, unit="mm").value is None
