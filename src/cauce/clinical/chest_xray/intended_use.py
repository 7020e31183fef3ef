"""Gate before the network: is this an image that the model was made for?

A tag that contradicts the contract refuses the image; a tag that the source does not state lets it pass, and the report
says that it was not stated.
"""

from cauce.clinical.chest_xray.texts import RefusalCode, refusal_of
from cauce.domain.errors import CauceError
from cauce.domain.model import ModelContract
from cauce.domain.result import Refusal
from cauce.domain.study import Acquisition
from cauce.predictor.source import LoadedInstance

UNKNOWN = "unknown"

BODY_PARTS = {"THORAX": "CHEST", "TORAX": "CHEST", "TÓRAX": "CHEST", "LUNG": "CHEST", "LUNGS": "CHEST"}
"""Spellings seen in BodyPartExamined (0018,0015) → the defined term of PS3.16 Annex L."""


def refusal_for(contract: ModelContract, loaded: LoadedInstance) -> Refusal | None:
    """Why the model must not be asked about this image; None when it may be.

    The first broken rule counts, from the coarsest (another modality) to the finest (too few pixels).
    """
    acquisition = loaded.acquisition
    return (
        _outside(contract.modalities, acquisition.modality, RefusalCode.NOT_A_RADIOGRAPH)
        or _outside(contract.body_parts, _body_part(acquisition), RefusalCode.WRONG_BODY_PART)
        or _not_one_image(loaded)
        or _outside(contract.views, acquisition.view, RefusalCode.WRONG_VIEW)
        or _not_upright(contract, loaded)
        or _age(contract, acquisition)
        or _size(contract, loaded)
    )


def refusal_of_error(error: CauceError) -> Refusal:
    """A file that could not be read, or whose pixels could not be prepared, as a refusal."""
    return Refusal(code=RefusalCode.UNREADABLE.value, reason=error.what, expected=error.expected, got=error.got)


def _outside(accepted: tuple[str, ...], value: str, code: RefusalCode) -> Refusal | None:
    if not accepted or value == UNKNOWN or value in accepted:
        return None
    return refusal_of(code, expected=", ".join(accepted), got=value)


def _body_part(acquisition: Acquisition) -> str:
    return BODY_PARTS.get(acquisition.body_part, acquisition.body_part)


def _not_one_image(loaded: LoadedInstance) -> Refusal | None:
    shape = loaded.image.pixels.shape
    return None if len(shape) == 2 else refusal_of(RefusalCode.NOT_ONE_IMAGE, got=f"{shape[0]} × {shape[1]} × {shape[2]}")


def _not_upright(contract: ModelContract, loaded: LoadedInstance) -> Refusal | None:
    """A frontal image has its columns towards the patient's left or right, and its rows towards the feet."""
    if loaded.image.patient_orientation is None:
        return None
    columns, rows = loaded.image.patient_orientation
    stated = f"PatientOrientation {columns}\\{rows}"
    if columns[:1] in ("A", "P"):
        return refusal_of(RefusalCode.WRONG_VIEW, expected=", ".join(contract.views), got=stated)
    if columns[:1] in ("L", "R") and rows[:1] == "F":
        return None
    return refusal_of(RefusalCode.ROTATED, got=stated)


def _age(contract: ModelContract, acquisition: Acquisition) -> Refusal | None:
    age, lowest, highest = acquisition.age_years, contract.minimum_age_years, contract.maximum_age_years
    if age is None:
        return None
    if lowest is not None and age < lowest:
        return refusal_of(RefusalCode.TOO_YOUNG, expected=f"≥ {lowest:g}")
    if highest is not None and age > highest:
        return refusal_of(RefusalCode.TOO_OLD, expected=f"≤ {highest:g}")
    return None


def _size(contract: ModelContract, loaded: LoadedInstance) -> Refusal | None:
    rows, columns, least = loaded.image.rows, loaded.image.columns, contract.minimum_rows
    if min(rows, columns) >= least:
        return None
    return refusal_of(RefusalCode.TOO_SMALL, expected=f"≥ {least} × {least}", got=f"{columns} × {rows}")
