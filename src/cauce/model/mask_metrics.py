"""Measures of single cases → Estimates of a partition and of its subgroups."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from cauce.domain.estimate import Estimate
from cauce.domain.model import Subgroup
from cauce.metrics.agreement import Interval, logarithmic, logit, symmetric
from cauce.metrics.cases import MINIMUM_PATIENTS
from cauce.metrics.mean import mean_over_cases
from cauce.metrics.surface import CONVENTION
from cauce.model.segmenting import TOLERANCE_MM, ClassMeasures, MeasuredCase
from cauce.model.subgroups import VARIABLES
from cauce.store.reference_distribution import acquisition_tags

Values = NDArray[np.float64]

SUBGROUP_PATIENTS = 20
"""Below it a subgroup says "insufficient data"."""

_EDGE = 1e-9


def mask_metrics(cases: Sequence[MeasuredCase], classes: Sequence[str]) -> tuple[Estimate, ...]:
    """Dice over all classes; then Dice, IoU, HD95, ASSD, NSD and volume error of each class, with patient-clustered intervals.

    A missing prediction is an empty mask: Dice and NSD 0. A distance to an empty mask does not exist: such cases are left out
    of the mean of a distance, and counted in its note.
    """
    found = [mean_dice(cases)]
    for number, name in enumerate(classes):
        measures = [case.classes[number] for case in cases]
        found += [
            _mean(f"Dice, {name}", cases, [each.dice for each in measures], logit),
            _mean(f"IoU, {name}", cases, [each.iou for each in measures], logit),
            _distance(f"HD95, {name}", cases, [each.hd95_mm for each in measures]),
            _distance(f"ASSD, {name}", cases, [each.assd_mm for each in measures]),
            _mean(f"NSD at {TOLERANCE_MM:g} mm, {name}", cases, [each.nsd for each in measures], logit),
            _mean(f"volume error, {name}", cases, [_volume_error(each) for each in measures], symmetric, unit="mL"),
        ]
    return tuple(found)


def mean_dice(cases: Sequence[MeasuredCase], *, minimum: int = MINIMUM_PATIENTS) -> Estimate:
    """Mean over cases of the mean over classes."""
    return _mean("Dice", cases, [case.dice for case in cases], logit, minimum=minimum)


def mask_subgroups(cases: Sequence[MeasuredCase]) -> tuple[Subgroup, ...]:
    """Dice of each value of each variable that takes more than one value."""
    tags = [acquisition_tags(case.row.acquisition) for case in cases]
    found = []
    for variable in VARIABLES:
        values = sorted({tag[variable] for tag in tags})
        for value in values if len(values) > 1 else ():
            members = [case for case, tag in zip(cases, tags, strict=True) if tag[variable] == value]
            metrics = (mean_dice(members, minimum=SUBGROUP_PATIENTS),)
            found.append(Subgroup(variable=variable, value=value, metrics=metrics))
    return tuple(found)


def _mean(
    name: str, cases: Sequence[MeasuredCase], values: Sequence[float], interval: Interval, *, unit: str = "1",
    minimum: int = MINIMUM_PATIENTS,
) -> Estimate:
    numbers = np.array(values, dtype=np.float64)
    empty = int(np.isnan(numbers).sum())
    found = mean_over_cases(name, _inside(numbers, interval), _patients(cases), interval, unit=unit, minimum=minimum)
    if not empty or found.value is None:
        return found
    return found.model_copy(update={"note": f"{empty} cases left out in which reference and prediction are both empty"})


def _distance(name: str, cases: Sequence[MeasuredCase], values: Sequence[float]) -> Estimate:
    numbers = np.array(values, dtype=np.float64)
    absent = int(np.isinf(numbers).sum())
    found = mean_over_cases(name, np.where(np.isinf(numbers), np.nan, numbers), _patients(cases), logarithmic, unit="mm")
    note = f"surface convention: {CONVENTION}"
    if absent:
        note += f"; {absent} cases have no distance, since one of their masks is empty"
    return found if found.value is None else found.model_copy(update={"note": note})


def _inside(numbers: Values, interval: Interval) -> Values:
    """Numbers between 0 and 1 drawn off the ends, where a logit has no value, by less than any digit that is shown."""
    return np.clip(numbers, _EDGE, 1 - _EDGE) if interval is logit else numbers


def _volume_error(measures: ClassMeasures) -> float:
    return measures.predicted_ml - measures.reference_ml


def _patients(cases: Sequence[MeasuredCase]) -> list[str]:
    return [case.row.patient_key for case in cases]
