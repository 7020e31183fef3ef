"""Segmentations by highdicom's own writer, and structure sets by pydicom, of small CT series."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pydicom
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.sequence import Sequence as Items
from pydicom.uid import ExplicitVRLittleEndian, RTStructureSetStorage, SegmentationStorage, generate_uid

Change = Callable[[Dataset], None]

_NEEDED = (
    "PatientName", "PatientBirthDate", "PatientSex", "StudyDate", "StudyTime", "AccessionNumber", "StudyID", "SliceThickness",
)
"""What highdicom wants of a source image."""


def _same(dataset: Dataset) -> None:
    pass


def write_seg(
    target: Path, sources: Sequence[Path], pixels: NDArray, names: Sequence[str], *, kind: str = "BINARY",
    change: Change = _same, reverse: bool = False,
) -> Path:
    """One SEG of `pixels` (slices, rows, columns), 0 for background and i + 1 for names[i]; shares of 1 when FRACTIONAL.

    Args:
        target: file.
        sources: files of the slices, in the order of `pixels`.
        pixels: one plane for each source; for FRACTIONAL float, of one segment.
        names: SegmentLabel of each segment.
        kind: SegmentationType.
        change: edits the object before it is saved.
        reverse: write the frames in the opposite order.
    """
    import highdicom as hd
    from highdicom.sr.coding import CodedConcept

    images = [pydicom.dcmread(path) for path in sources]
    for image in images:
        for keyword in _NEEDED:
            if keyword not in image:
                setattr(image, keyword, 2.5 if keyword == "SliceThickness" else "")
    lesion = CodedConcept("52988006", "SCT", "Lesion")
    segments = [
        hd.seg.SegmentDescription(
            segment_number=number + 1, segment_label=name, segmented_property_category=lesion, segmented_property_type=lesion,
            algorithm_type=hd.seg.SegmentAlgorithmTypeValues.MANUAL,
        )
        for number, name in enumerate(names)
    ]
    order = slice(None, None, -1) if reverse else slice(None)
    made = hd.seg.Segmentation(
        source_images=images[order], pixel_array=pixels[order], segmentation_type=kind, segment_descriptions=segments,
        series_instance_uid=generate_uid(entropy_srcs=[str(target), "series"]), series_number=9, instance_number=1,
        sop_instance_uid=generate_uid(entropy_srcs=[str(target), "sop"]), manufacturer="m", manufacturer_model_name="m",
        software_versions="1", device_serial_number="1", content_label="MASK",
    )
    change(made)
    target.parent.mkdir(parents=True, exist_ok=True)
    made.save_as(target)
    assert made.SOPClassUID == SegmentationStorage or kind == "LABELMAP"
    return target


def write_structure_set(
    target: Path, sources: Sequence[Path], rois: Mapping[str, Sequence[NDArray[np.float64]]], *, kind: str = "CLOSED_PLANAR",
    change: Change = _same,
) -> Path:
    """One RTSTRUCT with the contours of each ROI, LPS points (n, 3)."""
    first = pydicom.dcmread(sources[0], stop_before_pixels=True)
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID, meta.TransferSyntaxUID = RTStructureSetStorage, ExplicitVRLittleEndian
    meta.MediaStorageSOPInstanceUID = generate_uid(entropy_srcs=[str(target)])
    made = FileDataset(target, {}, file_meta=meta, preamble=b"\0" * 128)
    made.SOPClassUID, made.SOPInstanceUID, made.Modality = RTStructureSetStorage, meta.MediaStorageSOPInstanceUID, "RTSTRUCT"
    made.PatientID, made.StudyInstanceUID = first.PatientID, first.StudyInstanceUID
    made.SeriesInstanceUID = generate_uid(entropy_srcs=[str(target), "series"])
    series, study, frame = Dataset(), Dataset(), Dataset()
    series.SeriesInstanceUID = first.SeriesInstanceUID
    study.RTReferencedSeriesSequence = Items([series])
    frame.FrameOfReferenceUID, frame.RTReferencedStudySequence = first.FrameOfReferenceUID, Items([study])
    made.ReferencedFrameOfReferenceSequence = Items([frame])
    made.StructureSetROISequence, made.ROIContourSequence = Items([]), Items([])
    for number, (name, contours) in enumerate(rois.items(), start=1):
        roi, contour = Dataset(), Dataset()
        roi.ROINumber, roi.ROIName, roi.ReferencedFrameOfReferenceUID = number, name, first.FrameOfReferenceUID
        contour.ReferencedROINumber, contour.ContourSequence = number, Items([])
        for points in contours:
            item = Dataset()
            item.ContourGeometricType, item.NumberOfContourPoints = kind, len(points)
            item.ContourData = [f"{value:.6f}" for value in np.ravel(points)]
            contour.ContourSequence.append(item)
        made.StructureSetROISequence.append(roi)
        made.ROIContourSequence.append(contour)
    change(made)
    target.parent.mkdir(parents=True, exist_ok=True)
    made.save_as(target, enforce_file_format=True)
    return target
