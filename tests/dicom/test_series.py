"""Reading a series into a volume: every value and every millimetre against pydicom and SimpleITK."""

import random
from pathlib import Path

import numpy as np
import pytest
from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian, RLELossless
from tests.dicom.ct_slices import AXIAL, COLUMNS, ROWS, by_pydicom, oblique, write_series

from cauce.dicom import slice_header
from cauce.dicom.series import read_series, series_files
from cauce.domain.errors import CauceError, InputError, UnreadableImageError


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, ImplicitVRLittleEndian, RLELossless])
@pytest.mark.parametrize("direction", [AXIAL, oblique(), (0.0, 1.0, 0.0, 0.0, 0.0, -1.0)], ids=["axial", "oblique", "sagittal"])
def test_voxels_and_geometry_are_pydicoms_whatever_the_syntax_and_orientation(tmp_path, syntax, direction):
    paths = write_series(tmp_path / "s", direction=direction, syntax=syntax)
    random.Random(1).shuffle(paths)
    volume = read_series(paths)
    assert volume.voxels.dtype == np.int16
    assert volume.is_hounsfield
    assert np.array_equal(volume.voxels, by_pydicom(paths, direction))
    assert volume.spacing_mm == pytest.approx((2.5, 0.5, 0.75))
    assert volume.origin_mm == pytest.approx((-10.0, 20.0, -30.5))
    assert volume.direction == pytest.approx(direction)


@pytest.mark.parametrize("direction", [AXIAL, oblique(), oblique(-35)])
def test_volume_is_simpleitks(tmp_path, direction):
    sitk = pytest.importorskip("SimpleITK", reason="the oracle SimpleITK is not installed")
    write_series(tmp_path / "s", direction=direction)
    reader = sitk.ImageSeriesReader()
    reader.SetFileNames(reader.GetGDCMSeriesFileNames(str(tmp_path / "s")))
    image = reader.Execute()
    volume = read_series(series_files(tmp_path / "s"))
    assert np.array_equal(volume.voxels, sitk.GetArrayFromImage(image))
    for index in [(0, 0, 0), (4, 5, 3), (2, 0, 4)]:
        expected = image.TransformIndexToPhysicalPoint(tuple(reversed(index)))
        assert (volume.affine_lps @ (*index, 1))[:3] == pytest.approx(expected, abs=1e-4)


def test_order_is_by_position_and_not_by_name_number_or_list(tmp_path):
    paths = write_series(tmp_path / "s", count=9)
    volumes = [read_series(order).voxels for order in (paths, paths[::-1], sorted(paths, key=lambda path: path.stem[1:]))]
    assert all(np.array_equal(volume, volumes[0]) for volume in volumes)


def test_each_slice_keeps_its_own_whole_intercept(tmp_path):
    def change(dataset: Dataset, index: int) -> None:
        dataset.RescaleIntercept = -1000 - index

    paths = write_series(tmp_path / "s", change=change)
    volume = read_series(paths)
    assert volume.voxels.dtype == np.int16
    assert np.array_equal(volume.voxels, by_pydicom(paths))


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, RLELossless])
def test_each_slice_keeps_its_own_broken_slope_in_float32(tmp_path, syntax):
    def change(dataset: Dataset, index: int) -> None:
        dataset.RescaleSlope, dataset.RescaleIntercept = f"{0.37 + index / 7:.6f}", "-3.5"

    paths = write_series(tmp_path / "s", change=change, syntax=syntax)
    volume = read_series(paths)
    assert volume.voxels.dtype == np.float32
    assert np.array_equal(volume.voxels, by_pydicom(paths).astype(np.float32))


@pytest.mark.parametrize(("signed", "stored", "intercept", "dtype"), [
    (0, (0, 33791), -1024, np.int16), (0, (0, 33792), -1024, np.float32), (1, (-32768, 32767), 0, np.int16),
    (1, (-32768, 5), -1, np.float32), (1, (-2000, 32767), 1, np.float32), (0, (0, 65535), 0, np.float32),
])
def test_values_beyond_int16_widen_the_volume_and_are_never_wrapped(tmp_path, signed, stored, intercept, dtype):
    def change(dataset: Dataset, index: int) -> None:
        pixels = np.full((ROWS, COLUMNS), stored[index % 2], dtype="<i4")
        dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation = 16, 15, signed
        dataset.RescaleIntercept, dataset.PixelData = intercept, pixels.astype("<i2" if signed else "<u2").tobytes()

    paths = write_series(tmp_path / "s", change=change)
    volume = read_series(paths)
    assert volume.voxels.dtype == dtype
    assert np.array_equal(volume.voxels, by_pydicom(paths))


@pytest.mark.parametrize("signed", [0, 1])
def test_overlay_bits_above_the_high_bit_are_not_part_of_the_value(tmp_path, signed):
    def change(dataset: Dataset, index: int) -> None:
        pixels = np.random.default_rng(index).integers(0, 1 << 16, size=(ROWS, COLUMNS), dtype=np.uint16)
        dataset.PixelRepresentation, dataset.PixelData = signed, pixels.tobytes()

    paths = write_series(tmp_path / "s", change=change)
    assert np.array_equal(read_series(paths).voxels, by_pydicom(paths))


def test_magnetic_resonance_values_are_not_called_hounsfield(tmp_path):
    def change(dataset: Dataset, index: int) -> None:
        dataset.Modality = "MR"
        del dataset.RescaleSlope, dataset.RescaleIntercept

    volume = read_series(write_series(tmp_path / "s", change=change))
    assert not volume.is_hounsfield
    assert volume.voxels.min() >= 0


def _set(index_changed: int, **values: object):
    def change(dataset: Dataset, index: int) -> None:
        for keyword, value in values.items() if index == index_changed else ():
            setattr(dataset, keyword, value)

    return change


@pytest.mark.parametrize(("change", "words", "culprit"), [
    (_set(3, SeriesInstanceUID="1.2.9"), "different series", "e003"),
    (_set(3, FrameOfReferenceUID="1.2.9"), "frames of reference", "e003"),
    (_set(2, ImageOrientationPatient=[0, 1, 0, 0, 0, -1]), "different orientation", "a002"),
    (_set(2, PixelSpacing=[0.5, 0.7]), "different pixel spacing", "a002"),
    (_set(2, ImagePositionPatient=[-10, 20, -24.7]), "uneven slice spacing", ("a002", "e003")),
    (_set(2, ImagePositionPatient=[-10, 20, -28.0]), "same place", "a002"),
    (_set(2, ImagePositionPatient=[-10, 21, -25.5]), "sheared", "a002"),
    (_set(4, ImagePositionPatient=[-10, 20, -18.0]), "missing before this one", "d004"),
    (_set(1, NumberOfFrames=2, PixelData=bytes(4 * ROWS * COLUMNS)), "not one grey slice", "b001"),
    (_set(1, Rows=3, PixelData=bytes(6 * COLUMNS)), "different sizes", "b001"),
])
def test_an_irregular_stack_is_refused_and_a_file_named(tmp_path, change, words, culprit):
    paths = write_series(tmp_path / "s", change=change)
    with pytest.raises(UnreadableImageError, match=words) as caught:
        read_series(paths)
    assert caught.value.where.startswith(culprit)


def test_a_tilted_gantry_is_refused_with_its_angle(tmp_path):
    def change(dataset: Dataset, index: int) -> None:
        dataset.ImagePositionPatient = [-10, round(20 + index * 2.5 * np.tan(np.radians(12)), 4), -30.5 + 2.5 * index]

    with pytest.raises(UnreadableImageError, match=r"tilted gantry.*12\.0°"):
        read_series(write_series(tmp_path / "s", change=change))


def test_a_missing_slice_is_refused(tmp_path):
    paths = write_series(tmp_path / "s", count=8)
    with pytest.raises(UnreadableImageError, match=r"missing before this one.*expected 2\.500 mm, got 5\.000 mm"):
        read_series([path for path in paths if "a002" not in path.name])


def test_a_slice_given_twice_is_refused(tmp_path):
    paths = write_series(tmp_path / "s")
    (tmp_path / "s" / "copy.dcm").write_bytes(paths[1].read_bytes())
    with pytest.raises(UnreadableImageError, match="two slices at the same place"):
        read_series(series_files(tmp_path / "s"))


def test_one_slice_and_no_slice_are_refused(tmp_path):
    with pytest.raises(UnreadableImageError, match="single slice"):
        read_series(write_series(tmp_path / "s", count=1))
    with pytest.raises(InputError, match="no files"):
        read_series([])
    with pytest.raises(InputError, match="no such folder"):
        series_files(tmp_path / "nowhere")


@pytest.mark.parametrize("content", [b"", b"patient list\n" * 40])
def test_a_foreign_file_among_the_slices_is_named(tmp_path, content):
    paths = write_series(tmp_path / "s")
    (tmp_path / "s" / "notes.txt").write_bytes(content)
    with pytest.raises(UnreadableImageError) as caught:
        read_series([*paths, tmp_path / "s" / "notes.txt"])
    assert caught.value.where.startswith("notes.txt")


def test_truncated_pixels_are_refused(tmp_path):
    paths = write_series(tmp_path / "s")
    paths[2].write_bytes(paths[2].read_bytes()[:-2])
    with pytest.raises(UnreadableImageError, match="truncated") as caught:
        read_series(paths)
    assert caught.value.where.startswith("a002")


def test_what_the_fast_walk_reads_of_a_damaged_header_is_what_pydicom_reads(tmp_path, monkeypatch):
    paths = write_series(tmp_path / "s", count=3)
    original = paths[1].read_bytes()
    read = 0
    for place in range(132, len(original) - 2 * ROWS * COLUMNS):
        paths[1].write_bytes(original[:place] + bytes([original[place] ^ (1 << place % 7)]) + original[place + 1:])
        fast = _outcome(paths)
        with monkeypatch.context() as patch:
            patch.setattr(slice_header, "_walk", lambda path, template: None)
            slow = _outcome(paths)
        assert fast == slow or "Error" in fast[0], place
        read += "Error" not in fast[0]
    assert read > 200


def _outcome(paths: list[Path]) -> tuple[object, ...]:
    try:
        volume = read_series(paths)
    except CauceError as error:
        return (f"{type(error).__name__}",)
    return (str(volume.voxels.dtype), volume.voxels.tobytes(), volume.affine_lps.tobytes(), volume.is_hounsfield)


@pytest.mark.real_data
def test_real_series_are_pydicoms(real_data: Path):
    for name in ("ct_thorax_abdomen/example_ct_dicom", "dicom_mr_study/Study1/13_HCropVolume"):
        files = series_files(real_data / name)
        volume = read_series(files)
        assert np.array_equal(volume.voxels, by_pydicom(files))
        assert volume.is_hounsfield == name.startswith("ct")
