"""Enhanced CT objects: the slices of `ct_slices` as the frames of one file."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pydicom
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence as Items
from pydicom.uid import EnhancedCTImageStorage, ExplicitVRLittleEndian, RLELossless

Change = Callable[[Dataset, int], None]

_GROUPS = (
    ("PlanePositionSequence", ("ImagePositionPatient",)), ("PlaneOrientationSequence", ("ImageOrientationPatient",)),
    ("PixelMeasuresSequence", ("PixelSpacing", "SliceThickness")),
    ("PixelValueTransformationSequence", ("RescaleSlope", "RescaleIntercept", "RescaleType")),
    ("CTReconstructionSequence", ("ConvolutionKernel",)),
)
_SHARED = ("PixelMeasuresSequence", "PlaneOrientationSequence", "CTReconstructionSequence")


def write_enhanced(
    paths: Sequence[Path], target: Path, *, syntax: str = ExplicitVRLittleEndian,
    change: Change = lambda group, index: None, change_object: Callable[[Dataset], None] = lambda dataset: None,
) -> Path:
    """Write the single slices `paths` as one object at `target`, in this order; `change` edits each frame's groups."""
    slices = [pydicom.dcmread(path) for path in paths]
    whole = pydicom.dcmread(paths[0])
    groups = [_functional_groups(each) for each in slices]
    for keyword in {keyword for _, keywords in _GROUPS for keyword in keywords} & set(whole.dir()):
        delattr(whole, keyword)
    shared = Dataset()
    for keyword in _SHARED:
        if keyword in groups[0]:
            setattr(shared, keyword, groups[0][keyword].value)
    for index, group in enumerate(groups):
        for keyword in set(_SHARED) & set(group.dir()):
            delattr(group, keyword)
        group.FrameContentSequence = Items([Dataset()])
        group.FrameContentSequence[0].StackID = "1"
        frame_type = Dataset()
        frame_type.FrameType = ["ORIGINAL", "PRIMARY", "AXIAL", "NONE"]
        group.CTImageFrameTypeSequence = Items([frame_type])
        change(group, index)
    whole.SOPClassUID = whole.file_meta.MediaStorageSOPClassUID = EnhancedCTImageStorage
    whole.SharedFunctionalGroupsSequence, whole.PerFrameFunctionalGroupsSequence = Items([shared]), Items(groups)
    whole.NumberOfFrames = len(slices)
    whole.PixelData = b"".join(each.PixelData for each in slices)
    change_object(whole)
    target.parent.mkdir(parents=True, exist_ok=True)
    if syntax == RLELossless:
        whole.compress(RLELossless, generate_instance_uid=False)
    else:
        whole.file_meta.TransferSyntaxUID = syntax
    uid = pydicom.uid.UID(whole.file_meta.TransferSyntaxUID)
    whole.save_as(target, enforce_file_format=True, implicit_vr=uid.is_implicit_VR, little_endian=uid.is_little_endian)
    return target


def _functional_groups(single: Dataset) -> Dataset:
    group = Dataset()
    for sequence, keywords in _GROUPS:
        item = Dataset()
        for keyword in keywords:
            if keyword in single:
                setattr(item, keyword, single[keyword].value)
        if len(item):
            setattr(group, sequence, Items([item]))
    return group
