"""Slice headers → the series that a cohort takes, each as an ordered stack, and a reason for everything that is left out."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from cauce.dataset.series_heads import Head
from cauce.dicom.slice_header import SliceHeader
from cauce.dicom.slice_order import order_slices
from cauce.domain.cohort import Exclusion
from cauce.domain.errors import IrregularSeriesError
from cauce.domain.series import Plane, SeriesRules
from cauce.store.blobs import file_sha256


class _Member(NamedTuple):
    name: str
    slice: SliceHeader


@dataclass(frozen=True)
class Stack:
    """The slices of one series in the order of their positions along the normal; `names` are their files."""

    names: tuple[str, ...]
    slices: tuple[SliceHeader, ...]

    @property
    def study(self) -> str:
        """StudyInstanceUID."""
        return self.slices[0].study_instance_uid

    @property
    def series(self) -> str:
        """SeriesInstanceUID."""
        return self.slices[0].series_instance_uid


def choose_series(heads: Sequence[Head], rules: SeriesRules) -> tuple[list[Stack], list[Exclusion]]:
    """Chosen stacks, sorted by study and series; each other file is in one exclusion (`Exclusion.files` counts them).

    Rules come first, then quality, then the choice among what is left of a study: a broken series is never chosen.
    """
    exclusions = [Exclusion(path=head.name, code=head.code, reason=head.reason) for head in heads if head.slice is None]
    by_series: dict[str, list[_Member]] = defaultdict(list)
    for head in heads:
        if head.slice is not None and head.slice.series_instance_uid:
            by_series[head.slice.series_instance_uid].append(_Member(head.name, head.slice))
        elif head.slice is not None:
            exclusions.append(Exclusion(path=head.name, code="no-series", reason="SeriesInstanceUID (0020,000E) is empty"))
    by_study: dict[str, list[Stack]] = defaultdict(list)
    for series in sorted(by_series):
        members, left_out = _members(by_series[series], rules)
        exclusions += left_out
        if members:
            outcome = _stack(members, rules)
            if isinstance(outcome, Stack):
                by_study[outcome.study].append(outcome)
            else:
                exclusions.append(outcome)
    chosen = [stack for study in sorted(by_study) for stack in _choose(by_study[study], rules, exclusions)]
    return chosen, exclusions


def _members(candidates: Sequence[_Member], rules: SeriesRules) -> tuple[list[_Member], list[Exclusion]]:
    """Without files of another image type and without identical copies of a file."""
    members: dict[str, _Member] = {}
    exclusions = []
    for name, header in candidates:
        missing = [value for value in rules.image_type if value.upper() not in map(str.upper, header.image_type)]
        twin = members.get(header.sop_instance_uid)
        if missing:
            found = "\\".join(header.image_type) or "empty"
            reason = f"series.image_type: ImageType is {found}, the cohort takes {', '.join(rules.image_type)}"
            exclusions.append(Exclusion(path=name, code="series-not-chosen", reason=reason))
        elif twin is not None and file_sha256(twin.slice.path) == file_sha256(header.path):
            exclusions.append(Exclusion(path=name, code="duplicate", reason=f"the same file as {twin.name}"))
        else:
            members[header.sop_instance_uid if twin is None else name] = _Member(name, header)
    return list(members.values()), exclusions


def _stack(members: Sequence[_Member], rules: SeriesRules) -> Stack | Exclusion:
    slices = [member.slice for member in members]
    names = {member.slice.path: member.name for member in members}
    problem = _mixed(slices) or _against_rules(slices, rules)
    if problem is not None:
        return Exclusion(path=members[0].name, code=problem[0], reason=problem[1], files=len(members))
    try:
        ordered, _ = order_slices(slices)
    except IrregularSeriesError as error:
        named = next((member.name for member in members if member.slice.name == error.where), members[0].name)
        return Exclusion(path=named, code=error.code, reason=error.line(), files=len(members))
    return Stack(tuple(names[header.path] for header in ordered), tuple(ordered))


def _mixed(slices: Sequence[SliceHeader]) -> tuple[str, str] | None:
    """What one series has one of, and `order_slices` does not look at."""
    for what, values in (
        ("patients", {header.patient_id for header in slices}), ("studies", {header.study_instance_uid for header in slices}),
        ("modalities", {header.modality for header in slices}),
        ("units of the values", {header.is_hounsfield for header in slices}),
    ):
        if len(values) > 1:
            return "mixed-series", f"files of {len(values)} {what} under one SeriesInstanceUID (0020,000E)"
    return None


def _against_rules(slices: Sequence[SliceHeader], rules: SeriesRules) -> tuple[str, str] | None:
    """Code and reason by the first rule that the series does not meet."""
    first = slices[0]
    if rules.modality and first.modality not in rules.modality:
        return "wrong-modality", f"series.modality: {first.modality or 'unknown'}, the cohort takes {', '.join(rules.modality)}"
    kernels = {header.kernel for header in slices}
    if rules.kernel and not kernels <= set(rules.kernel):
        found = ", ".join(sorted(kernel or "unknown" for kernel in kernels))
        return "series-not-chosen", f"series.kernel: {found}, the cohort takes {', '.join(rules.kernel)}"
    planes = {plane_of(header.direction) for header in slices}
    if rules.orientation is not None and planes != {rules.orientation}:
        return "series-not-chosen", f"series.orientation: {', '.join(sorted(planes))}, the cohort takes {rules.orientation}"
    thickness = _thickness({header.thickness_mm for header in slices}, rules)
    if thickness:
        return "series-not-chosen", thickness
    if len(slices) < rules.minimum_slices:
        return "too-few-slices", f"{len(slices)} slices, the cohort takes at least {rules.minimum_slices}"
    return None


def plane_of(direction: Sequence[float]) -> Plane:
    """The plane nearest to slices with this ImageOrientationPatient (0020,0037)."""
    normal = np.abs(np.cross(direction[:3], direction[3:]))
    return (Plane.SAGITTAL, Plane.CORONAL, Plane.AXIAL)[int(np.argmax(normal))]


def _thickness(found: set[float | None], rules: SeriesRules) -> str:
    low, high = rules.minimum_thickness_mm, rules.maximum_thickness_mm
    if low is None and high is None:
        return ""
    if all(value is not None and (low or 0) <= value <= (high or float("inf")) for value in found):
        return ""
    values = ", ".join("unknown" if value is None else f"{value:g} mm" for value in sorted(found, key=lambda v: v or 0))
    wanted = f"{low or 0:g} mm or more" if high is None else f"{low or 0:g} to {high:g} mm"
    return f"series.thickness: {values}, the cohort takes {wanted}"


def _choose(stacks: Sequence[Stack], rules: SeriesRules, exclusions: list[Exclusion]) -> Iterable[Stack]:
    if rules.choose == "all":
        return stacks
    best = min(stacks, key=lambda stack: (-len(stack.slices), stack.series))
    for stack in stacks:
        if stack is not best:
            reason = f"series.choose: {len(stack.slices)} slices, another series of the study has {len(best.slices)}"
            exclusions.append(Exclusion(path=stack.names[0], code="series-not-chosen", reason=reason, files=len(stack.names)))
    return (best,)

