"""Other programs that read a CT series, each in its own way, and how their results map onto the reference."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from protocol.ct_series import Reference

_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])
_TOLERANCE_MM = 1e-3


@dataclass(frozen=True)
class Peer:
    """One program.

    Attributes:
        modules: must be importable.
        prepare: (folder of the series, scratch folder) → the call that is timed.
        differs: (result, reference) → in what they differ, or "".
    """

    modules: tuple[str, ...]
    prepare: Callable[[Path, Path], Callable[[], object]]
    differs: Callable[[Any, Reference], str]


def _simpleitk(folder: Path, _: Path) -> Callable[[], object]:
    import SimpleITK as sitk

    from protocol.threads import COUNT

    sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(COUNT)

    def call() -> object:
        reader = sitk.ImageSeriesReader()
        reader.SetFileNames(reader.GetGDCMSeriesFileNames(str(folder)))
        image = reader.Execute()
        return image, sitk.GetArrayViewFromImage(image)

    return call


def _simpleitk_differs(result: Any, reference: Reference) -> str:
    image, voxels = result
    direction, spacing = np.array(image.GetDirection()).reshape(3, 3), np.array(image.GetSpacing())
    affine = np.eye(4)
    affine[:3, :3] = (direction * spacing)[:, ::-1]  # x, y, z → slice, row, column
    affine[:3, 3] = image.GetOrigin()
    return _compare(voxels, affine, reference)


def _dcm2niix(folder: Path, scratch: Path) -> Callable[[], object]:
    import nibabel

    program = shutil.which("dcm2niix", path=str(Path(sys.executable).parent)) or shutil.which("dcm2niix")
    if program is None:
        raise FileNotFoundError("dcm2niix")
    out = scratch / "nifti"

    def call() -> object:
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir()
        command = [program, "-z", "n", "-b", "n", "-f", "volume", "-o", str(out), str(folder)]
        subprocess.run(command, check=True, capture_output=True)
        image = nibabel.load(out / "volume.nii")
        return image.affine, np.array(image.dataobj)  # a copy in memory, as the others give

    return call


def _from_nifti(result: Any, reference: Reference) -> str:
    """(x, y, z) in RAS, with axes that may run the other way → (slice, row, column) in LPS."""
    affine, voxels = result
    affine = _RAS @ np.asarray(affine, dtype=float)
    for axis in range(3):
        wanted = reference.affine_lps[:3, 2 - axis]
        if affine[:3, axis] @ wanted < 0:
            affine[:3, 3] += affine[:3, axis] * (voxels.shape[axis] - 1)
            affine[:3, axis] *= -1
            voxels = np.flip(voxels, axis)
    return _compare(np.transpose(voxels, (2, 1, 0)), affine[:, [2, 1, 0, 3]], reference)


def _monai(folder: Path, _: Path) -> Callable[[], object]:
    from monai.data import PydicomReader

    reader = PydicomReader()

    def call() -> object:
        voxels, meta = reader.get_data(reader.read(str(folder)))
        return meta["affine"], voxels

    return call


def _compare(voxels: Any, affine: Any, reference: Reference) -> str:
    if voxels.shape != reference.voxels.shape:
        return f"shape {voxels.shape}"
    if not np.array_equal(voxels, reference.voxels):
        return "voxels"
    if not np.allclose(affine, reference.affine_lps, atol=_TOLERANCE_MM):
        return "geometry"
    return ""


PEERS = {
    "SimpleITK": Peer(("SimpleITK",), _simpleitk, _simpleitk_differs),
    "dcm2niix": Peer(("dcm2niix", "nibabel"), _dcm2niix, _from_nifti),
    "MONAI": Peer(("monai", "pydicom"), _monai, _from_nifti),
}
