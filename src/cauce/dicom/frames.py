"""Enhanced multi-frame objects → frames as single slices: what stands in functional groups moves to where a slice has it.

PS3.3 C.7.6.16: a functional group is shared by all frames, or stands once for each frame, which then counts.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate, get_frame
from pydicom.uid import UID

from cauce.dicom.values import first_item, number, numbers, text
from cauce.domain.errors import CauceError, MixedSeriesError, NotASliceError, UnreadableImageError

MAXIMUM_FRAMES = 1 << 14

_SHARED, _PER_FRAME = "SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence"
_GROUPS = (
    "PlanePositionSequence", "PlaneOrientationSequence", "PixelMeasuresSequence", "PixelValueTransformationSequence",
    "FrameVOILUTSequence", "FrameContentSequence", "ConversionSourceAttributesSequence", "CTReconstructionSequence",
    "CTXRayDetailsSequence", "CTImageFrameTypeSequence", "MRImageFrameTypeSequence", "PETFrameTypeSequence",
    "XRay3DFrameTypeSequence", "SegmentIdentificationSequence",
)
"""Groups that say of a frame what a header says of a slice."""
_PIXELS = ("PixelData", "FloatPixelData", "DoubleFloatPixelData")
_SAME_PLACE_DECIMALS = 2  # of a position in mm
_RESEND = "Send the file again from its source."


def is_enhanced(dataset: Dataset) -> bool:
    """Whether the object describes its frames one by one."""
    return _PER_FRAME in dataset


def frame_headers(dataset: Dataset, name: str) -> list[Dataset]:
    """One header without pixels for each frame, in the order of the file.

    Raises:
        NotASliceError: not an image of grey values: a segmentation, a parametric map.
        MixedSeriesError: several stacks, temporal positions, or other dimensions of which each place has several frames.
        UnreadableImageError: the object contradicts itself.
    """
    with _parsing(name):
        return _frame_headers(dataset, name)


def _frame_headers(dataset: Dataset, name: str) -> list[Dataset]:
    if "SegmentSequence" in dataset or "PixelData" not in dataset:
        raise NotASliceError("an object of frames that is no image", where=name, expected="grey values of a scanner",
                             got=UID(text(dataset, "SOPClassUID")).name or "an object of unknown class",
                             remedy="Leave this file out of the series.")
    headers = lay_open(dataset, name)
    _check_one_volume(dataset, headers, name)
    return headers


def lay_open(dataset: Dataset, name: str) -> list[Dataset]:
    """As `frame_headers`, for any object of frames and whatever they are."""
    with _parsing(name):
        count, groups = int(number(dataset, "NumberOfFrames") or 1), dataset.get(_PER_FRAME) or ()
        if not 1 <= count == len(groups) <= MAXIMUM_FRAMES:
            raise UnreadableImageError("frames and their descriptions do not match", where=name, remedy=_RESEND,
                                       expected=f"{count} frames, at most {MAXIMUM_FRAMES}", got=f"{len(groups)} descriptions")
        base = _base(dataset)
        return [_frame(base, group) for group in groups]


def frame_dataset(dataset: Dataset, index: int) -> Dataset:
    """Frame `index`, counted from 0, as an object of a single slice, with its pixels.

    Raises:
        UnreadableImageError: the frame is not there.
    """
    with _parsing(f"frame {index + 1}"):
        frame = _frame(_base(dataset), dataset[_PER_FRAME].value[index])
        frame.file_meta = dataset.file_meta
        frame.add_new("PixelData", dataset["PixelData"].VR, _frame_bytes(dataset, index))
        frame["PixelData"].is_undefined_length = dataset.file_meta.TransferSyntaxUID.is_encapsulated
        return frame


@contextmanager
def _parsing(where: str) -> Iterator[None]:
    try:
        yield
    except CauceError:
        raise
    except Exception as error:  # values are parsed where they are asked for, and their bytes may be anything
        raise UnreadableImageError(f"the frames cannot be read ({type(error).__name__})", where=where, remedy=_RESEND) from None


def _frame_bytes(dataset: Dataset, index: int) -> bytes:
    """Value of PixelData (7FE0,0010) of an object that held this frame alone."""
    data, count = dataset.PixelData, int(number(dataset, "NumberOfFrames") or 1)
    if dataset.file_meta.TransferSyntaxUID.is_encapsulated:
        return encapsulate([get_frame(data, index, number_of_frames=count)])
    size = frame_size(dataset)
    found = bytes(data[index * size:(index + 1) * size])
    if len(found) != size:
        raise UnreadableImageError("a frame is cut", where=f"frame {index + 1}", expected=f"{size} bytes",
                                   got=str(len(found)), remedy=_RESEND)
    return found


def frame_size(dataset: Dataset) -> int:
    """Bytes of one uncompressed frame."""
    factors = [int(number(dataset, keyword) or 0) for keyword in ("Rows", "Columns", "SamplesPerPixel", "BitsAllocated")]
    return factors[0] * factors[1] * factors[2] * factors[3] // 8


def _base(dataset: Dataset) -> Dataset:
    """The header that all frames share, with the shared groups laid open."""
    base = Dataset()
    base.update(dict(dataset.items()))
    for keyword in (*_PIXELS, _SHARED, _PER_FRAME, "NumberOfFrames"):
        if keyword in base:
            delattr(base, keyword)
    shared = first_item(dataset, _SHARED)
    if shared is not None:
        _take_groups(base, shared)
    return base


def _frame(base: Dataset, group: Dataset) -> Dataset:
    frame = Dataset()
    frame.update(dict(base.items()))
    _take_groups(frame, group)
    return frame


def _take_groups(header: Dataset, groups: Dataset) -> None:
    for keyword in _GROUPS:
        item = first_item(groups, keyword)
        if item is not None:
            header.update(dict(item.items()))
    if "FrameType" in header:
        header.ImageType = header.FrameType


def _check_one_volume(dataset: Dataset, headers: list[Dataset], name: str) -> None:
    for keyword, what in (("StackID", "stacks"), ("TemporalPositionIndex", "temporal positions")):
        found = {text(header, keyword) for header in headers}
        if len(found) > 1:
            raise _several(f"an object of several {what}", name, f"{len(found)} values of {keyword}")
    values: dict[tuple[float, ...], set[tuple[float, ...]]] = {}
    for header in headers:
        place = tuple(round(value, _SAME_PLACE_DECIMALS) for value in numbers(header, "ImagePositionPatient"))
        values.setdefault(place, set()).add(numbers(header, "DimensionIndexValues"))
    dimensions = _dimensions(dataset)
    for at, keyword in enumerate(dimensions):
        counts = [len({each[at] for each in found if len(each) == len(dimensions)}) for found in values.values()]
        if max(counts) > 1:
            raise _several("several frames at one place", name, f"{max(counts)} values of {keyword} there")


def _dimensions(dataset: Dataset) -> list[str]:
    """Keywords by which the object says that its frames differ, as in DimensionIndexValues (0020,9157)."""
    from pydicom.datadict import keyword_for_tag

    items = dataset.get("DimensionIndexSequence") or ()
    return [keyword_for_tag(item.get("DimensionIndexPointer", 0)) or "an unknown dimension" for item in items]


def _several(what: str, name: str, got: str) -> MixedSeriesError:
    return MixedSeriesError(what, where=name, expected="one volume", got=got,
                            remedy="Export each volume as a series of its own.")
