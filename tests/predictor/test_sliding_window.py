"""The sliding window gives what MONAI's gives, in memory that is stated and kept."""

import tracemalloc

import numpy as np
import pytest

from cauce.domain.errors import CauceError
from cauce.predictor.sliding_window import memory_bytes, plan_windows, segment

PATCH = (8, 12, 10)
rng = np.random.default_rng(0)
FILTERS = rng.normal(size=(3, 2)).astype(np.float32)


def network(patches: np.ndarray) -> np.ndarray:
    """A network that sees more than one voxel: three sums of the channels and of a shifted copy of them."""
    mixed = patches + 0.5 * np.roll(patches, 1, axis=-1)
    return np.einsum("kc,nczyx->nkzyx", FILTERS, mixed).astype(np.float32)


@pytest.mark.parametrize("shape", [(8, 12, 10), (20, 30, 25), (5, 30, 8), (9, 13, 11), (3, 4, 5)])
@pytest.mark.parametrize("overlap", [0.0, 0.5, 0.7])
def test_every_voxel_gets_the_class_of_the_averaged_windows(shape: tuple[int, int, int], overlap: float) -> None:
    voxels = rng.normal(size=(2, *shape)).astype(np.float32)
    found = segment(network, voxels, patch=PATCH, overlap=overlap, n_classes=3, batch=3)
    assert found.dtype == np.uint8
    assert np.array_equal(found, _whole(voxels, overlap))


def _whole(voxels: np.ndarray, overlap: float) -> np.ndarray:
    """The same with one sum for the whole volume."""
    from cauce.predictor.sliding_window import _importance, _pad

    windows = plan_windows(voxels.shape[1:], patch=PATCH, overlap=overlap)
    padded, before = _pad(voxels, windows.padded)
    sums = np.zeros((3, *windows.padded))
    for z in windows.starts[0]:
        for y in windows.starts[1]:
            for x in windows.starts[2]:
                place = (slice(None), slice(z, z + 8), slice(y, y + 12), slice(x, x + 10))
                sums[place] += network(padded[place][None])[0] * _importance(PATCH)
    inside = tuple(slice(b, b + n) for b, n in zip(before, voxels.shape[1:], strict=True))
    return sums.argmax(0).astype(np.uint8)[inside]


def test_it_agrees_with_monai_where_the_windows_are_the_same() -> None:
    torch = pytest.importorskip("torch")
    inferers = pytest.importorskip("monai.inferers")
    voxels = rng.normal(size=(2, 16, 24, 20)).astype(np.float32)

    def as_torch(batch: "torch.Tensor") -> "torch.Tensor":
        return torch.from_numpy(network(batch.numpy()))

    expected = inferers.sliding_window_inference(
        torch.from_numpy(voxels)[None], PATCH, 4, as_torch, overlap=0.5, mode="gaussian", sigma_scale=0.125
    )
    found = segment(network, voxels, patch=PATCH, overlap=0.5, n_classes=3)
    assert np.mean(found != expected[0].argmax(0).numpy()) < 1e-3


def test_windows_cover_the_volume_and_overlap_as_asked() -> None:
    windows = plan_windows((100, 12, 33), patch=PATCH, overlap=0.5)
    assert windows.starts[0][0] == 0
    assert windows.starts[0][-1] == 92
    assert max(np.diff(windows.starts[0])) <= 4
    assert windows.starts[1] == (0,)


@pytest.mark.parametrize("shape", [(60, 64, 64), (20, 6, 6)])
def test_memory_stays_within_what_was_stated(shape: tuple[int, int, int]) -> None:
    voxels = np.ones((1, *shape), dtype=np.float32)
    answer = np.ones((1, 20, *PATCH), dtype=np.float32)
    stated = memory_bytes(shape, channels=1, patch=PATCH, n_classes=20)
    tracemalloc.start()
    segment(lambda patches: answer[: len(patches)], voxels, patch=PATCH, overlap=0.5, n_classes=20)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak <= stated
    assert stated < 20 * 4 * np.prod([max(n, p) for n, p in zip(shape, PATCH, strict=True)]) * 2.5


def test_an_answer_that_is_no_number_is_an_error() -> None:
    voxels = np.zeros((1, 8, 12, 10), dtype=np.float32)
    with pytest.raises(CauceError, match="no number"):
        segment(lambda patches: np.full((1, 2, *PATCH), np.nan, dtype=np.float32), voxels, patch=PATCH, overlap=0, n_classes=2)


def test_progress_counts_windows() -> None:
    heard: list[tuple[int, int]] = []
    voxels = np.zeros((2, 20, 30, 25), dtype=np.float32)
    told = lambda _, done, total: heard.append((done, total))  # noqa: E731
    segment(network, voxels, patch=PATCH, overlap=0.5, n_classes=3, batch=4, progress=told)
    assert heard[-1] == (4 * 4 * 4, 4 * 4 * 4)
