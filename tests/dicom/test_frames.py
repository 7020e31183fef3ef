"""Frames of enhanced multi-frame objects are the slices that they would be as files of their own."""

import random
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import DeflatedExplicitVRLittleEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian, RLELossless

from cauce.dicom.series import read_series
from cauce.domain.errors import (
    DuplicateSliceError,
    MissingSliceError,
    MixedSeriesError,
    NotASliceError,
    UnreadableImageError,
)
from dicom.ct_slices import oblique, write_series
from dicom.enhanced_ct import write_enhanced

SYNTAXES = (ExplicitVRLittleEndian, ImplicitVRLittleEndian, DeflatedExplicitVRLittleEndian, RLELossless)


def shuffled(paths: list[Path]) -> list[Path]:
    mixed = sorted(paths)
    random.Random(1).shuffle(mixed)
    return mixed


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_frames_in_any_order_give_the_volume_of_the_same_slices(tmp_path: Path, syntax: str) -> None:
    def own_rescale(dataset: Dataset, index: int) -> None:
        dataset.RescaleSlope, dataset.RescaleIntercept = 1 + index / 4, -index

    paths = write_series(tmp_path / "single", count=7, direction=oblique(), change=own_rescale)
    single = read_series(paths)
    whole = read_series([write_enhanced(shuffled(paths), tmp_path / "mf.dcm", syntax=syntax)])
    np.testing.assert_array_equal(whole.voxels, single.voxels)
    assert (whole.spacing_mm, whole.origin_mm, whole.direction) == (single.spacing_mm, single.origin_mm, single.direction)
    assert whole.is_hounsfield


def test_whole_numbers_stay_whole_and_two_objects_of_one_series_join(tmp_path: Path) -> None:
    paths = write_series(tmp_path / "single", count=8)
    single = read_series(paths)
    halves = [write_enhanced(sorted(paths)[at::2], tmp_path / f"{at}.dcm", syntax=SYNTAXES[at * 3]) for at in (0, 1)]
    whole = read_series(halves)
    assert whole.voxels.dtype == single.voxels.dtype == np.int16
    np.testing.assert_array_equal(whole.voxels, single.voxels)


def test_a_missing_frame_is_named(tmp_path: Path) -> None:
    paths = sorted(write_series(tmp_path / "single", count=7), key=lambda path: path.name[1:])
    with pytest.raises(MissingSliceError, match=r"mf\.dcm, frame 4: a slice is missing before this one"):
        read_series([write_enhanced(paths[:3] + paths[4:], tmp_path / "mf.dcm")])


def _stacks(group: Dataset, index: int) -> None:
    group.FrameContentSequence[0].StackID = str(index % 2)


def _phases(group: Dataset, index: int) -> None:
    group.FrameContentSequence[0].TemporalPositionIndex = index % 3 + 1


@pytest.mark.parametrize(("change", "got"), [(_stacks, "2 values of StackID"), (_phases, "3 values of TemporalPositionIndex")])
def test_several_stacks_or_times_are_refused(tmp_path: Path, change, got: str) -> None:
    with pytest.raises(MixedSeriesError, match=got):
        read_series([write_enhanced(write_series(tmp_path / "s", count=6), tmp_path / "mf.dcm", change=change)])


def test_two_frames_at_one_place_are_refused_and_the_dimension_is_named(tmp_path: Path) -> None:
    paths = sorted(write_series(tmp_path / "s", count=4), key=lambda path: path.name[1:])

    def indexed(group: Dataset, index: int) -> None:
        group.FrameContentSequence[0].DimensionIndexValues = [index % 4 + 1, index // 4 + 1]

    def dimensions(dataset: Dataset) -> None:
        items = [Dataset(), Dataset()]
        items[0].DimensionIndexPointer, items[1].DimensionIndexPointer = 0x00200032, 0x00189082
        dataset.DimensionIndexSequence = Sequence(items)

    with pytest.raises(MixedSeriesError, match="2 values of EffectiveEchoTime there"):
        read_series([write_enhanced(paths * 2, tmp_path / "a.dcm", change=indexed, change_object=dimensions)])
    with pytest.raises(DuplicateSliceError):
        read_series([write_enhanced(paths * 2, tmp_path / "b.dcm")])


def test_an_object_that_contradicts_itself_is_refused(tmp_path: Path) -> None:
    def fewer(dataset: Dataset) -> None:
        del dataset.PerFrameFunctionalGroupsSequence[-1]

    def no_place(group: Dataset, index: int) -> None:
        del group.PlanePositionSequence

    paths = write_series(tmp_path / "s", count=4)
    with pytest.raises(UnreadableImageError, match="got 3 descriptions"):
        read_series([write_enhanced(paths, tmp_path / "a.dcm", change_object=fewer)])
    with pytest.raises(NotASliceError, match="frame 1: no slice with a place"):
        read_series([write_enhanced(paths, tmp_path / "b.dcm", change=no_place)])


@pytest.mark.real_data
def test_real_objects_of_frames_equal_what_pydicom_decodes(real_data: Path) -> None:
    for name in ("mf.dcm", "multiframe__mf.dcm"):
        path = real_data / "dicom_mixed" / "files" / name
        volume = read_series([path])
        np.testing.assert_array_equal(volume.voxels, pydicom.dcmread(path).pixel_array)
        assert volume.spacing_mm == (2.5, 0.7, 0.7)
        assert volume.origin_mm == (46.4649, 5.01881, -177.75)


@pytest.mark.real_data
@pytest.mark.parametrize("name", ["label.seg", "parametric_map_float.dcm", "emri_small_big_endian.dcm", "rtdose_rle.dcm"])
def test_real_frames_that_are_no_placed_image_are_refused(real_data: Path, name: str) -> None:
    with pytest.raises(NotASliceError):
        read_series([real_data / "dicom_mixed" / "files" / name])
