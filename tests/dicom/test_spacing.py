from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from cauce.dicom.spacing import pixel_spacing_mm
from dicom.small_files import radiograph


def test_calibrated_spacing_goes_before_the_detectors() -> None:
    assert pixel_spacing_mm(radiograph(PixelSpacing=[0.3, 0.2], ImagerPixelSpacing=[0.1, 0.1])) == (0.3, 0.2)
    assert pixel_spacing_mm(radiograph(ImagerPixelSpacing=[0.1, 0.1])) == (0.1, 0.1)


def test_multi_frame_spacing_is_found_in_its_functional_group() -> None:
    measures, shared = Dataset(), Dataset()
    measures.PixelSpacing = [0.5, 0.5]
    shared.PixelMeasuresSequence = Sequence([measures])
    assert pixel_spacing_mm(radiograph(SharedFunctionalGroupsSequence=Sequence([shared]))) == (0.5, 0.5)


def test_zero_or_missing_spacing_is_none() -> None:
    assert pixel_spacing_mm(radiograph(PixelSpacing=[0, 0])) is None
    assert pixel_spacing_mm(radiograph()) is None
