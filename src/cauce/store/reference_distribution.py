"""What normal looks like: one row for each patient, in the same variables that the result log keeps of each study."""

import math
from collections.abc import Sequence

from cauce.domain.errors import InputError
from cauce.domain.monitoring import ReferenceDistribution
from cauce.domain.study import Acquisition, InstanceRow, PixelStatistics, Sex

UNKNOWN = "unknown"

_LONGEST_VALUE = 64  # LO, the longest of the header's short texts
_AGE_BANDS_YEARS = ((2, "0-1"), (6, "2-5"), (12, "6-11"), (18, "12-17"), (40, "18-39"), (65, "40-64"), (80, "65-79"))

# Acquisition values that describe the device's settings and nobody's identity. Any other keyword of
# `Acquisition.tags` (serial numbers, station names, dates) stays out of the log and of the reference.
_SETTINGS = (
    "KVP", "Exposure", "ExposureTime", "XRayTubeCurrent", "DistanceSourceToDetector", "Grid", "PresentationIntentType",
    "ConvolutionKernel", "SliceThickness", "EchoTime", "RepetitionTime", "FlipAngle", "MagneticFieldStrength",
    "ScanningSequence",
)


def age_band(age_years: float | None) -> str:
    """Age as a band of years, e.g. "40-64"; "unknown" for a missing age or one outside 0 to 120 years."""
    if age_years is None or not 0 <= age_years <= 120:
        return UNKNOWN
    return next((band for limit, band in _AGE_BANDS_YEARS if age_years < limit), "80+")


def acquisition_tags(acquisition: Acquisition) -> dict[str, str]:
    """Acquisition as tag → text, without anything that identifies a patient; the age becomes a band."""
    spacing = acquisition.pixel_spacing_mm
    tags = {
        "modality": acquisition.modality,
        "body_part": acquisition.body_part,
        "view": acquisition.view,
        "origin": acquisition.origin,
        "vendor": acquisition.vendor,
        "model": acquisition.model,
        "sex": UNKNOWN if acquisition.sex is Sex.UNKNOWN else acquisition.sex.value,
        "age_band": age_band(acquisition.age_years),
        "pixel_spacing_mm": UNKNOWN if spacing is None else f"{spacing[0]:.2g}",
        "photometric_interpretation": acquisition.photometric_interpretation,
        "bits_stored": UNKNOWN if acquisition.bits_stored is None else str(acquisition.bits_stored),
    }
    for keyword in _SETTINGS:
        tags[keyword] = acquisition.tags.get(keyword) or UNKNOWN
    return {tag: _plain(value) for tag, value in tags.items()}


def _plain(text: str) -> str:
    """Header text on one line of bounded length, without control characters, which a terminal would obey."""
    return "".join(letter for letter in text if letter.isprintable()).strip()[:_LONGEST_VALUE] or UNKNOWN


def image_descriptors(statistics: PixelStatistics) -> dict[str, float]:
    """Descriptors of the pixels as name → number."""
    return {name: float(getattr(statistics, name)) for name in PixelStatistics.model_fields}


def reference_of(rows: Sequence[InstanceRow], scores: Sequence[float], *, partition: str = "tune") -> ReferenceDistribution:
    """Reference distribution of a partition of a cohort: one row for each patient, so that rows are independent.

    A patient is represented by the first study (lowest `study_day`, then study UID), and that study by the instance
    with the highest score, which is also how `Result` answers for a study.

    Args:
        rows: instances of the partition.
        scores: probability of the model for each row, same order, from 0 to 1.
        partition: which partition of the cohort the rows are; one that the networks were not fitted to.

    Raises:
        InputError: no rows, lengths differ, or a score is not a number from 0 to 1.
    """
    if not rows or len(rows) != len(scores):
        raise InputError(
            "a reference distribution needs one score for each instance", where=partition,
            expected=f"{len(rows) or 'at least 1'} scores", got=str(len(scores)),
        )
    bad = sum(not (math.isfinite(score) and 0 <= score <= 1) for score in scores)
    if bad:
        raise InputError("scores must be probabilities", where=partition, expected="0 to 1", got=f"{bad} other values")
    first: dict[str, tuple[tuple[float, str, float, str], int]] = {}
    for number, (row, score) in enumerate(zip(rows, scores, strict=True)):
        day = math.inf if row.study_day is None else float(row.study_day)
        order = (day, row.study_instance_uid, -float(score), row.sop_instance_uid)
        if row.patient_key not in first or order < first[row.patient_key][0]:
            first[row.patient_key] = (order, number)
    chosen = [number for _, number in sorted(first.values(), key=lambda item: item[1])]
    tags = [acquisition_tags(rows[number].acquisition) for number in chosen]
    images = [image_descriptors(found) for number in chosen if (found := rows[number].statistics) is not None]
    return ReferenceDistribution(
        partition=partition,
        n_patients=len(chosen),
        acquisition={name: tuple(row[name] for row in tags) for name in tags[0]},
        image={name: tuple(row[name] for row in images) for name in images[0]},
        score=tuple(float(scores[number]) for number in chosen),
        label=tuple(rows[number].label or "" for number in chosen),
    )
