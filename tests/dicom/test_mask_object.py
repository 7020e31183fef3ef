"""Segmentations and structure sets come out on the grid of their image, whatever way they were written."""

from pathlib import Path

import highdicom as hd
import numpy as np
import pydicom
import pytest
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from cauce.dicom.mask_canvas import MaskCanvas
from cauce.dicom.mask_object import paint_mask, read_mask_header
from cauce.dicom.series import read_series
from cauce.domain.errors import (
    InputError,
    NoThresholdError,
    OtherFrameOfReferenceError,
    OtherPlaceError,
    OutsideVolumeError,
    OverlappingSegmentsError,
    UnreadableImageError,
)
from cauce.domain.reference import VolumeGeometry
from cauce.predictor.series_source import geometry_of
from dicom.ct_slices import AXIAL, oblique, write_series
from dicom.mask_objects import write_seg, write_structure_set

FRAME = "1.2.5"
SIDE = 24


def series(folder: Path, *, direction: tuple[float, ...] = AXIAL, count: int = 10) -> tuple[list[Path], VolumeGeometry]:
    """A CT of 24 × 24 pixels of 0.5 × 0.75 mm, 2.5 mm apart; its files in slice order."""
    def larger(dataset: Dataset, index: int) -> None:
        dataset.Rows = dataset.Columns = SIDE
        dataset.PatientID, dataset.PixelData = "1", bytes(2 * SIDE * SIDE)
        dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = f"1.2.7.{index + 1}"

    paths = sorted(write_series(folder, count=count, direction=direction, change=larger), key=lambda path: path.name[1:])
    return paths, geometry_of(read_series(paths))


def blocks() -> NDArray[np.uint8]:
    mask = np.zeros((10, SIDE, SIDE), dtype=np.uint8)
    mask[2:5, 3:9, 4:11] = 1
    mask[4:8, 12:20, 2:9] = 2
    mask[0, 0, 0] = mask[9, 23, 23] = 1
    return mask


def painted(path: Path, geometry: VolumeGeometry, *, threshold: float | None = None, frame: str = FRAME) -> NDArray[np.uint8]:
    header = read_mask_header(path, path.name)
    assert header is not None
    canvas = MaskCanvas(geometry, frame, path.name)
    return paint_mask(path, canvas, {number: number for number in header.names}, threshold)


@pytest.mark.parametrize("direction", [AXIAL, oblique()])
@pytest.mark.parametrize(("kind", "reverse"), [("BINARY", False), ("BINARY", True), ("LABELMAP", True)])
def test_a_segmentation_comes_back_as_it_was_drawn(
    tmp_path: Path, direction: tuple[float, ...], kind: str, reverse: bool
) -> None:
    paths, geometry = series(tmp_path / "ct", direction=direction)
    path = write_seg(tmp_path / "seg.dcm", paths, blocks(), ["a", "b"], kind=kind, reverse=reverse)
    header = read_mask_header(path, "seg.dcm")
    assert header is not None
    assert (header.names, header.series) == ({1: "a", 2: "b"}, {"1.2.3.4"})
    assert {f"1.2.7.{index}" for index in range(1, 11)} >= header.instances > set()
    np.testing.assert_array_equal(painted(path, geometry), blocks())


def test_fractions_need_a_threshold_and_obey_it(tmp_path: Path) -> None:
    paths, geometry = series(tmp_path / "ct")
    shares = np.zeros((10, SIDE, SIDE), dtype=np.float32)
    shares[3, 5, 5:10] = (0.1, 0.4, 0.5, 0.6, 1.0)
    path = write_seg(tmp_path / "seg.dcm", paths, shares, ["a"], kind="FRACTIONAL")
    with pytest.raises(NoThresholdError, match="threshold"):
        painted(path, geometry)
    expected = np.zeros(shares.shape, dtype=np.uint8)
    expected[3, 5, 8:10] = 1
    np.testing.assert_array_equal(painted(path, geometry, threshold=0.55), expected)


def test_frames_are_placed_by_position_along_any_axes_of_the_image(tmp_path: Path) -> None:
    """A segmentation written as sagittal frames, seen from the other side, of a part of an axial image."""
    paths, geometry = series(tmp_path / "ct")
    mask = blocks()
    part = mask[1:9, 2:22, 3:12]

    def sagittal(dataset: Dataset) -> None:
        frames = part.transpose(2, 0, 1)[:, ::-1] == 1  # (x, z from above, y)
        dataset.Rows, dataset.Columns, dataset.NumberOfFrames = 8, 20, 9
        dataset.PixelData = np.packbits(frames.ravel(), bitorder="little").tobytes()
        shared = dataset.SharedFunctionalGroupsSequence[0]
        shared.PlaneOrientationSequence[0].ImageOrientationPatient = [0, 1, 0, 0, 0, -1]
        shared.PixelMeasuresSequence[0].PixelSpacing = [2.5, 0.5]
        one = dataset.PerFrameFunctionalGroupsSequence[0]
        dataset.PerFrameFunctionalGroupsSequence = [Dataset() for _ in range(9)]
        z, y, x = np.array(geometry.origin_mm)[::-1] + np.array(geometry.spacing_mm) * (8, 2, 3)
        for index, group in enumerate(dataset.PerFrameFunctionalGroupsSequence):
            group.SegmentIdentificationSequence = one.SegmentIdentificationSequence
            position = Dataset()
            position.ImagePositionPatient = [x + 0.75 * index, y, z]
            group.PlanePositionSequence = [position]

    path = write_seg(tmp_path / "seg.dcm", paths, mask, ["a", "b"], change=sagittal)
    expected = np.zeros_like(mask)
    expected[1:9, 2:22, 3:12] = part == 1
    np.testing.assert_array_equal(painted(path, geometry), expected)


def _moved(dataset: Dataset, *, by: tuple[float, float, float]) -> None:
    for group in dataset.PerFrameFunctionalGroupsSequence:
        item = group.PlanePositionSequence[0]
        item.ImagePositionPatient = [a + b for a, b in zip(item.ImagePositionPatient, by, strict=True)]


@pytest.mark.parametrize(("by", "error"), [
    ((0.3, 0, 0), OtherPlaceError), ((0, 0, 1.2), OtherPlaceError), ((0.75, 0, 0), OutsideVolumeError),
    ((0, 0, 2.5), OutsideVolumeError), ((0, -0.5, 0), OutsideVolumeError),
])
def test_a_mask_beside_the_voxels_or_outside_the_image_is_refused(tmp_path: Path, by, error: type[Exception]) -> None:
    paths, geometry = series(tmp_path / "ct")
    path = write_seg(tmp_path / "seg.dcm", paths, blocks(), ["a", "b"], change=lambda dataset: _moved(dataset, by=by))
    with pytest.raises(error):
        painted(path, geometry)


def test_frames_without_marks_may_lie_anywhere(tmp_path: Path) -> None:
    paths, geometry = series(tmp_path / "ct")
    mask = np.zeros((10, SIDE, SIDE), dtype=np.uint8)
    mask[5, 5, 5] = 1

    def nothing_at_the_end(dataset: Dataset) -> None:
        dataset.PerFrameFunctionalGroupsSequence[9].PlanePositionSequence[0].ImagePositionPatient = [0, 0, 900]

    import functools

    writer = functools.partial(hd.seg.Segmentation, omit_empty_frames=False)
    original, hd.seg.Segmentation = hd.seg.Segmentation, writer
    try:
        path = write_seg(tmp_path / "seg.dcm", paths, mask, ["a"], change=nothing_at_the_end)
    finally:
        hd.seg.Segmentation = original
    np.testing.assert_array_equal(painted(path, geometry), mask)


def test_another_spacing_or_frame_of_reference_is_refused(tmp_path: Path) -> None:
    paths, geometry = series(tmp_path / "ct")
    seg = write_seg(tmp_path / "seg.dcm", paths, blocks(), ["a", "b"])
    with pytest.raises(OtherPlaceError, match="do not lie on the image"):
        painted(seg, geometry.model_copy(update={"spacing_mm": (2.5, 0.8, 0.8)}))
    with pytest.raises(OtherFrameOfReferenceError):
        painted(seg, geometry, frame="1.2.99")
    roi = write_structure_set(tmp_path / "rt.dcm", paths, {"a": [ring(geometry, 4, 3.0)]})
    with pytest.raises(OtherFrameOfReferenceError):
        painted(roi, geometry, frame="1.2.99")
    assert painted(roi, geometry, frame="").any()


def ring(geometry: VolumeGeometry, at: int, radius: float, *, n: int = 90, beside: float = 0.0) -> NDArray[np.float64]:
    """Circle of `radius` mm about the middle of slice `at`; `beside` slices off."""
    x_axis, y_axis, z_axis = np.reshape(geometry.direction, (3, 3))
    z, y, x = geometry.spacing_mm
    centre = np.array(geometry.origin_mm) + x_axis * x * 12.3 + y_axis * y * 11.6 + z_axis * z * (at + beside)
    angles = np.linspace(0, 2 * np.pi, n, endpoint=False)[:, None]
    return centre + radius * (np.cos(angles) * x_axis + np.sin(angles) * y_axis)


@pytest.mark.parametrize("direction", [AXIAL, oblique(33)])
def test_contours_of_a_sphere_have_its_volume_and_its_place(tmp_path: Path, direction: tuple[float, ...]) -> None:
    def fine(dataset: Dataset, index: int) -> None:
        dataset.Rows = dataset.Columns = 96
        dataset.PixelSpacing, dataset.PixelData, dataset.PatientID = [0.5, 0.5], bytes(2 * 96 * 96), "1"

    paths = sorted(write_series(tmp_path / "ct", count=17, direction=direction, change=fine), key=lambda path: path.name[1:])
    geometry = geometry_of(read_series(paths))
    centre, radius = np.array([47.3, 46.8, 8.1]), 18.0  # voxels x, y, z; mm
    x_axis, y_axis, z_axis = np.reshape(geometry.direction, (3, 3))
    angles = np.linspace(0, 2 * np.pi, 240, endpoint=False)[:, None]
    contours = []
    for at in range(17):
        height = (at - centre[2]) * 2.5
        if abs(height) < radius:
            middle = np.array(geometry.origin_mm) + x_axis * centre[0] * 0.5 + y_axis * centre[1] * 0.5 + z_axis * at * 2.5
            contours.append(middle + np.sqrt(radius**2 - height**2) * (np.cos(angles) * x_axis + np.sin(angles) * y_axis))
    mask = painted(write_structure_set(tmp_path / "rt.dcm", paths, {"ball": contours}), geometry)
    assert mask.sum() * 0.5 * 0.5 * 2.5 == pytest.approx(4 / 3 * np.pi * radius**3, rel=0.01)
    np.testing.assert_allclose(np.argwhere(mask).mean(axis=0)[::-1], centre, atol=0.02)
    z, y, x = np.indices(mask.shape)
    distance = np.sqrt(((x - centre[0]) * 0.5) ** 2 + ((y - centre[1]) * 0.5) ** 2 + ((z - centre[2]) * 2.5) ** 2)
    clear = np.abs(distance - radius) > 0.02  # the contours are polygons
    np.testing.assert_array_equal(mask[clear] == 1, distance[clear] < radius)


def test_an_inner_contour_is_a_hole_and_one_that_stands_twice_is_none(tmp_path: Path) -> None:
    paths, geometry = series(tmp_path / "ct")
    outer, inner = ring(geometry, 4, 5.0), ring(geometry, 4, 2.0)
    whole = painted(write_structure_set(tmp_path / "1.dcm", paths, {"a": [outer]}), geometry)
    twice = painted(write_structure_set(tmp_path / "2.dcm", paths, {"a": [outer, outer]}), geometry)
    holed = painted(write_structure_set(tmp_path / "3.dcm", paths, {"a": [outer, inner], "b": [inner]}), geometry)
    np.testing.assert_array_equal(twice, whole)
    np.testing.assert_array_equal(holed > 0, whole > 0)
    assert 0 < np.count_nonzero(holed == 2) < np.count_nonzero(holed == 1)
    assert set(np.flatnonzero(whole.any(axis=(1, 2)))) == {4}


@pytest.mark.parametrize(("contour", "error"), [
    (lambda geometry: ring(geometry, 4, 3.0, beside=0.4), OtherPlaceError),
    (lambda geometry: ring(geometry, 4, 30.0), OutsideVolumeError),
    (lambda geometry: ring(geometry, 4, 9.5 * 0.75), OutsideVolumeError),
    (lambda geometry: ring(geometry, 12, 3.0), OutsideVolumeError),
])
def test_a_contour_between_slices_or_outside_the_image_is_refused(tmp_path: Path, contour, error: type[Exception]) -> None:
    paths, geometry = series(tmp_path / "ct")
    with pytest.raises(error):
        painted(write_structure_set(tmp_path / "rt.dcm", paths, {"a": [contour(geometry)]}), geometry)


def test_points_enclose_nothing_and_overlaps_of_classes_are_counted(tmp_path: Path) -> None:
    paths, geometry = series(tmp_path / "ct")
    points = write_structure_set(tmp_path / "1.dcm", paths, {"a": [ring(geometry, 4, 3.0)[:1]]}, kind="POINT")
    with pytest.raises(UnreadableImageError, match="encloses nothing"):
        painted(points, geometry)
    both = write_structure_set(tmp_path / "2.dcm", paths, {"a": [ring(geometry, 4, 3.0)], "b": [ring(geometry, 4, 2.0)]})
    canvas = MaskCanvas(geometry, FRAME, "2.dcm")
    voxels = paint_mask(both, canvas, {1: 2, 2: 1}, None)
    assert canvas.clashes == np.count_nonzero(voxels == 1) > 0
    with pytest.raises(OverlappingSegmentsError, match=f"two at {canvas.clashes} voxels"):
        canvas.check_no_clash()


def test_damaged_masks_and_missing_files_are_refused(tmp_path: Path) -> None:
    paths, geometry = series(tmp_path / "ct")
    path = write_seg(tmp_path / "seg.dcm", paths, blocks(), ["a", "b"])
    cut = pydicom.dcmread(path)
    cut.PixelData = cut.PixelData[:40]
    cut.save_as(tmp_path / "cut.dcm")
    with pytest.raises(UnreadableImageError, match="a frame is cut"):
        painted(tmp_path / "cut.dcm", geometry)
    with pytest.raises(InputError):
        painted(tmp_path / "nothing.dcm", geometry)
    assert read_mask_header(paths[0], "ct") is None


@pytest.mark.real_data
@pytest.mark.parametrize(("image", "mask"), [("mf.dcm", "label.seg"), ("multiframe__mf.dcm", "seg__label.seg")])
def test_a_real_segmentation_lies_on_its_real_multi_frame_image(real_data: Path, image: str, mask: str) -> None:
    folder = real_data / "dicom_mixed" / "files"
    volume = read_series([folder / image])
    header = read_mask_header(folder / mask, mask)
    assert header is not None
    assert header.names == {1: "Liver"}
    found = painted(folder / mask, geometry_of(volume), frame=pydicom.dcmread(folder / image).FrameOfReferenceUID)
    np.testing.assert_array_equal(found, pydicom.dcmread(folder / mask).pixel_array)  # both from below
    assert found.any()
    assert np.count_nonzero(found != volume.voxels) <= 12  # the images were made of the masks, one but for its corners
