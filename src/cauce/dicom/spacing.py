"""Which of DICOM's pixel spacings holds for an instance."""

from pydicom.dataset import Dataset

from cauce.dicom.values import first_item, numbers

_KEYWORDS = ("PixelSpacing", "ImagerPixelSpacing", "NominalScannedPixelSpacing")

_GROUPS = ("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence")


def pixel_spacing_mm(dataset: Dataset) -> tuple[float, float] | None:
    """(row, column) distance between pixel centres in mm.

    PixelSpacing (0028,0030), else that of the first frame's PixelMeasuresSequence, else the detector's
    ImagerPixelSpacing (0018,1164), else NominalScannedPixelSpacing (0018,2010); None where there is none.
    """
    measures = [first_item(dataset, group, "PixelMeasuresSequence") for group in _GROUPS]
    for source in (dataset, *(item for item in measures if item is not None)):
        for keyword in _KEYWORDS:
            values = numbers(source, keyword)
            if len(values) == 2 and min(values) > 0:
                return values[0], values[1]
    return None
