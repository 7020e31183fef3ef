"""NIfTI volumes and masks: axes, place, and what is refused."""

from pathlib import Path

import nibabel
import numpy as np
import pytest

from cauce.domain.errors import CauceError, UnreadableImageError
from cauce.predictor.volume_source import load_mask, load_volume

AFFINE = np.array([[0.0, -2.0, 0.0, 10.0], [1.0, 0.0, 0.0, -20.0], [0.0, 0.0, 3.0, 5.0], [0.0, 0.0, 0.0, 1.0]])


def write(path: Path, array: np.ndarray, affine: np.ndarray = AFFINE) -> Path:
    nibabel.save(nibabel.Nifti1Image(array, affine), path)
    return path


def test_axes_are_z_y_x_and_every_voxel_keeps_its_place(tmp_path: Path) -> None:
    array = np.arange(2 * 3 * 4, dtype=np.int16).reshape(2, 3, 4)
    loaded = load_volume(write(tmp_path / "a.nii.gz", array), "a.nii.gz")
    assert loaded.voxels.shape == loaded.geometry.shape == (4, 3, 2)
    assert loaded.geometry.spacing_mm == (3, 2, 1)
    axes = np.reshape(loaded.geometry.direction, (3, 3))
    for x, y, z in ((0, 0, 0), (1, 2, 3), (1, 0, 2)):
        assert loaded.voxels[z, y, x] == array[x, y, z]
        place = np.array(loaded.geometry.origin_mm) + x * 1 * axes[0] + y * 2 * axes[1] + z * 3 * axes[2]
        assert np.allclose(place * (-1, -1, 1), (AFFINE @ (x, y, z, 1))[:3])


@pytest.mark.parametrize(("array", "affine", "message"), [
    (np.zeros((3, 3, 4), np.uint8), AFFINE, "another shape"),
    (np.zeros((2, 3, 4), np.uint8), AFFINE + np.diag([0, 0, 0.1, 0]), "another place"),
    (np.full((2, 3, 4), 3, np.uint8), AFFINE, "no class.*expected 0 to 2, got 3"),
    (np.full((2, 3, 4), 0.5, np.float32), AFFINE, "no class"),
    (np.full((2, 3, 4), np.nan, np.float32), AFFINE, "finite"),
    (np.zeros((2, 3, 4, 2), np.uint8), AFFINE, "not one volume"),
])
def test_a_mask_that_does_not_fit_is_refused_by_name(
    array: np.ndarray, affine: np.ndarray, message: str, tmp_path: Path
) -> None:
    image = load_volume(write(tmp_path / "i.nii", np.zeros((2, 3, 4), np.int16)), "i.nii").geometry
    with pytest.raises(UnreadableImageError, match=rf"m\.nii: .*{message}"):
        load_mask(write(tmp_path / "m.nii", array, affine), "m.nii", image=image, n_classes=2)


def test_damaged_and_missing_files_are_errors_with_a_name(tmp_path: Path) -> None:
    path = write(tmp_path / "a.nii.gz", np.random.default_rng(0).normal(size=(20, 20, 20)))
    path.write_bytes(path.read_bytes()[:5000])
    (tmp_path / "t.nii").write_text("no image")
    for name in ("a.nii.gz", "t.nii", "none.nii"):
        with pytest.raises(CauceError, match=name):
            load_volume(tmp_path / name, name)


def test_real_hippocampi_lie_voxel_on_voxel_with_their_masks(real_data: Path) -> None:
    folder = real_data / "hippocampus"
    names = sorted(path.name for path in (folder / "labels").iterdir() if (folder / "images" / path.name).exists())[:20]
    for name in names:
        image = load_volume(folder / "images" / name, name)
        mask = load_mask(folder / "labels" / name, name, image=image.geometry, n_classes=2)
        assert mask.shape == image.voxels.shape
        assert set(np.unique(mask)) == {0, 1, 2}
