"""Errors that a person can act on: what, where, expected, got, what to do.

Library code raises these and nothing else on bad input. The command line turns them into one line and an exit code,
the REST service into a problem+json body (RFC 9457). No message carries patient data: paths relative to the data root,
PatientKeys and DICOM keywords are allowed; names, identifiers and dates of patients are not.
"""


class CauceError(Exception):
    """Base of every error raised on purpose.

    Attributes:
        what: the fact, in one clause.
        where: file, record, field or step it happened in.
        expected, got: filled where a comparison failed.
        remedy: what the reader should do next.
    """

    code = "error"
    exit_code = 2
    http_status = 400

    def __init__(
        self, what: str, *, where: str = "", expected: str = "", got: str = "", remedy: str = ""
    ) -> None:
        """Keep the parts and their one-line form."""
        self.what, self.where, self.expected, self.got, self.remedy = what, where, expected, got, remedy
        super().__init__(self.line())

    def __reduce__(self) -> tuple[object, ...]:
        """Keep keyword-only arguments, which Exception's own reduction loses; worker processes send errors this way."""
        fields = {"where": self.where, "expected": self.expected, "got": self.got, "remedy": self.remedy}
        return (_rebuild, (type(self), self.what, fields))

    def line(self) -> str:
        """The whole error on one line."""
        text = f"{self.where}: {self.what}" if self.where else self.what
        if self.expected or self.got:
            parts = (f"expected {self.expected}" if self.expected else "", f"got {self.got}" if self.got else "")
            text += f" ({', '.join(part for part in parts if part)})"
        if self.remedy:
            text += f". {self.remedy}"
        return " ".join(text.split())


def _rebuild(kind: type[CauceError], what: str, fields: dict[str, str]) -> CauceError:
    return kind(what, **fields)


class InputError(CauceError):
    """The caller gave something that cannot be used: unreadable file, unknown key, empty folder."""

    code = "bad-input"


class ConfigurationError(InputError):
    """A YAML file or setting is wrong."""

    code = "bad-configuration"


class UnreadableImageError(InputError):
    """A file is no image, is truncated, or its pixels cannot be decoded."""

    code = "unreadable-image"
    http_status = 422


class NotASliceError(UnreadableImageError):
    """A DICOM object that is no single slice with a place in the patient: a report, a secondary capture, several frames."""

    code = "not-a-slice"


class IrregularSeriesError(UnreadableImageError):
    """The files of a series are readable and make no regular stack of slices."""

    code = "irregular-series"


class MissingSliceError(IrregularSeriesError):
    """A gap between slices where one, or several, should be."""

    code = "missing-slice"


class DuplicateSliceError(IrregularSeriesError):
    """Two slices at the same place."""

    code = "duplicate-slice"


class UnevenSpacingError(IrregularSeriesError):
    """Gaps between slices that differ, or slices that lie beside the normal (gantry tilt)."""

    code = "uneven-spacing"


class OrientationError(IrregularSeriesError):
    """Slices of different orientation, or an orientation that is none."""

    code = "inconsistent-orientation"


class MixedSeriesError(IrregularSeriesError):
    """Slices that differ in what a series shares: patient, modality, matrix, pixel spacing, unit of the values."""

    code = "mixed-series"


class TooFewSlicesError(IrregularSeriesError):
    """Not enough slices for a volume."""

    code = "too-few-slices"


class OutOfIntendedUseError(InputError):
    """A readable image of a kind that the model was not made for."""

    code = "out-of-intended-use"
    http_status = 422


class TooLargeError(InputError):
    """An input passes a size limit."""

    code = "too-large"
    http_status = 413


class ArchiveError(InputError):
    """An archive that is damaged, or holds what no study needs: links, other archives, paths that lead out of it."""

    code = "bad-archive"
    http_status = 422


class BusyError(CauceError):
    """As much is being worked on as the service can hold; the same request succeeds later."""

    code = "busy"
    http_status = 429


class ServiceError(CauceError):
    """A process of the service cannot run on this machine: a folder that cannot be written, a database that refuses."""

    code = "service"
    http_status = 503


class NotFoundError(CauceError):
    """A named cohort, split, model, alias, release or job does not exist."""

    code = "not-found"
    http_status = 404


class IntegrityError(CauceError):
    """Content does not match its digest, seal or signature; it is refused before it is parsed."""

    code = "integrity"
    http_status = 409


class LeakageError(CauceError):
    """The same patient, or the same image, stands in two partitions."""

    code = "leakage"
    exit_code = 1
    http_status = 409


class NotApprovedError(CauceError):
    """A release lacks the approval of a role that it requires; it does not serve."""

    code = "not-approved"
    exit_code = 1
    http_status = 409


class PromotionRefusedError(CauceError):
    """The promotion guard refuses to move a protected alias to a version."""

    code = "promotion-refused"
    exit_code = 1
    http_status = 409


class MissingExtraError(CauceError):
    """An optional part of cauce is not installed."""

    code = "missing-extra"
    http_status = 501


class OtherShapeError(UnreadableImageError):
    """A mask or channel that has not the image's shape."""

    code = "other-shape"


class OtherPlaceError(UnreadableImageError):
    """A mask or channel of the image's shape that lies elsewhere in the patient."""

    code = "other-place"


class NoClassError(UnreadableImageError):
    """A mask with values that are no class of the reference standard."""

    code = "no-class"


class OtherFrameOfReferenceError(OtherPlaceError):
    """A mask whose positions are said in another frame of reference than the image's."""

    code = "other-frame-of-reference"


class OutsideVolumeError(OtherPlaceError):
    """A mask that marks something outside the image."""

    code = "outside-volume"


class OverlappingSegmentsError(UnreadableImageError):
    """Segments of different classes at the same voxels."""

    code = "overlapping-segments"


class NoThresholdError(UnreadableImageError):
    """A segmentation of fractions, and nothing says from which one on a voxel belongs to the segment."""

    code = "no-threshold"
