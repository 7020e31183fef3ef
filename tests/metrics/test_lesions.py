import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from cauce.domain.errors import InputError
from cauce.metrics.components import components
from cauce.metrics.lesions import lesion_metrics, match_lesions


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 10_000), st.tuples(*[st.integers(1, 9)] * 3), st.floats(0.05, 0.95), st.booleans())
def test_components_and_volumes_equal_scipy(seed: int, shape: tuple[int, ...], share: float, corners: bool) -> None:
    mask = np.random.default_rng(seed).random(shape) < share
    labels, count = ndimage.label(mask, np.ones((3, 3, 3)) if corners else None)
    found = components(mask, corners=corners)
    assert len(found) == count
    assert sorted(found.voxels) == sorted(np.bincount(labels.ravel(), minlength=1)[1:])
    ours = found.labels()
    assert ((ours > 0) == mask).all()
    pairs = {*zip(ours[mask].tolist(), labels[mask].tolist(), strict=True)}
    assert len(pairs) == count  # one of ours for one of theirs


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.tuples(*[st.integers(1, 12)] * 2), st.booleans())
def test_components_of_a_plane_equal_scipy(seed: int, shape: tuple[int, ...], corners: bool) -> None:
    mask = np.random.default_rng(seed).random(shape) < 0.45
    labels, count = ndimage.label(mask, np.ones((3, 3)) if corners else None)
    found = components(mask, corners=corners)
    assert sorted(found.voxels) == sorted(np.bincount(labels.ravel(), minlength=1)[1:])
    assert len(found) == count


def test_volumes_are_millilitres_and_odd_masks_are_refused() -> None:
    mask = np.zeros((5, 6, 7), bool)
    mask[1:3, 1:3, 1:3] = True
    assert components(mask).volumes_ml((2.0, 1.0, 0.5)) == pytest.approx([0.008])
    assert len(components(np.zeros((3, 3, 3), bool))) == 0
    with pytest.raises(InputError, match="two or three axes"):
        components(mask.astype(np.uint8))


def _case(seed: int) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    reference, prediction = np.zeros((2, 20, 40, 40), bool)
    for number in range(4):
        z, y, x = 3 + 4 * number, *random.integers(4, 34, 2)
        reference[z : z + 2, y : y + 3, x : x + 3] = True
        if number:  # the first lesion is missed
            prediction[z : z + 2, y + 1 : y + 4, x : x + 3] = True
    prediction[0, 0, 0] = True
    return reference, prediction


def test_lesions_are_matched_as_a_hand_count_says() -> None:
    found = match_lesions(*_case(0))
    assert found.found.tolist() == [False, True, True, True]
    assert sorted(zip(found.predicted_voxels.tolist(), found.true.tolist(), strict=True)) == [
        (1, False), (18, True), (18, True), (18, True)]
    assert match_lesions(*_case(0), least_share=0.7).found.sum() == 0  # two thirds of each are covered
    assert match_lesions(*_case(0), least_voxels=2).true.all()


def test_lesion_metrics_pool_lesions_and_few_patients_give_no_number() -> None:
    cases = [match_lesions(*_case(seed)) for seed in range(30)]
    extra = match_lesions(*(mask.copy() for mask in (_case(1)[0], _case(1)[0])))
    metrics = {each.name: each for each in lesion_metrics([*cases, extra])}
    assert metrics["lesion sensitivity"].value == pytest.approx((30 * 3 + 4) / (31 * 4))
    assert metrics["lesion precision"].value == pytest.approx((30 * 3 + 4) / (30 * 4 + 4))
    assert metrics["false lesions per case"].value == pytest.approx(30 / 31)
    f1 = metrics["lesion F1"]
    assert f1.lower < f1.value < f1.upper
    assert all(each.value is None for each in lesion_metrics(cases[:5]))
