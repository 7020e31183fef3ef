"""Slice headers → the series that a cohort takes, each as an ordered stack, and a reason for everything that is left out."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
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
    """One file of a series, and what its slices share."""

    name: str
    slices: tuple[SliceHeader, ...]

    @property
    def first(self) -> SliceHeader:
        return self.slices[0]


@dataclass(frozen=True)
class Stack:
    """One series.

    Attributes:
        names: its files, each once, in the order of the slices.
        slices: in the order of their positions along the normal.
        path: file of the middle slice, by which the series is called.
    """

    names: tuple[str, ...]
    slices: tuple[SliceHeader, ...]
    path: str

    @property
    def middle(self) -> SliceHeader:
        """The slice that stands for the series."""
        return self.slices[len(self.slices) // 2]

    @property
    def study(self) -> str:
        """StudyInstanceUID."""
        return self.slices[0].study_instance_uid

    @property
    def series(self) -> str:
        """SeriesInstanceUID."""
        return self.slices[0].series_instance_uid


def choose_series(
    heads: Sequence[Head], rules: SeriesRules, *, is_preferred: Callable[[Stack], bool]
) -> tuple[list[Stack], list[Exclusion]]:
    """Chosen stacks, sorted by study and series; each other file is in one exclusion (`Exclusion.files` counts them).

    Rules come first, then quality, then the choice among what is left of a study: a broken series is never chosen.

    Args:
        heads: of the files.
        rules: of the cohort.
        is_preferred: whether a series goes before longer ones, e.g. because a reader marked it.
    """
    exclusions = [Exclusion(path=head.name, code=head.code, reason=head.reason) for head in heads if not head.slices]
    by_series: dict[str, list[_Member]] = defaultdict(list)
    for head in heads:
        if head.slices and head.slices[0].series_instance_uid:
            by_series[head.slices[0].series_instance_uid].append(_Member(head.name, head.slices))
        elif head.slices:
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
    chosen = [stack for study in sorted(by_study) for stack in _choose(by_study[study], rules, is_preferred, exclusions)]
    return chosen, exclusions


def _members(candidates: Sequence[_Member], rules: SeriesRules) -> tuple[list[_Member], list[Exclusion]]:
    """Without files of another image type and without identical copies of a file."""
    members: dict[str, _Member] = {}
    exclusions = []
    for member in candidates:
        name, uid = member.name, member.first.sop_instance_uid
        found = next((header.image_type for header in member.slices if not _has_type(header, rules)), None)
        twin = members.get(uid)
        if found is not None:
            reason = f"series.image_type: ImageType is {_joined(found)}, the cohort takes {', '.join(rules.image_type)}"
            exclusions.append(Exclusion(path=name, code="series-not-chosen", reason=reason))
        elif twin is not None and file_sha256(twin.first.path) == file_sha256(member.first.path):
            exclusions.append(Exclusion(path=name, code="duplicate", reason=f"the same file as {twin.name}"))
        else:
            members[uid if twin is None else name] = member
    return list(members.values()), exclusions


def _has_type(header: SliceHeader, rules: SeriesRules) -> bool:
    return {value.upper() for value in rules.image_type} <= {value.upper() for value in header.image_type}


def _joined(image_type: Sequence[str]) -> str:
    return "\\".join(image_type) or "empty"


def _stack(members: Sequence[_Member], rules: SeriesRules) -> Stack | Exclusion:
    slices = [header for member in members for header in member.slices]
    names = {member.first.path: member.name for member in members}
    problem = _mixed(slices) or _against_rules(slices, rules)
    if problem is not None:
        return Exclusion(path=members[0].name, code=problem[0], reason=problem[1], files=len(members))
    try:
        ordered, _ = order_slices(slices)
    except IrregularSeriesError as error:
        named = next((names[header.path] for header in slices if header.name == error.where), members[0].name)
        return Exclusion(path=named, code=error.code, reason=error.line(), files=len(members))
    files = [names[header.path] for header in ordered]
    return Stack(tuple(dict.fromkeys(files)), tuple(ordered), files[len(files) // 2])


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


def _choose(
    stacks: Sequence[Stack], rules: SeriesRules, is_preferred: Callable[[Stack], bool], exclusions: list[Exclusion]
) -> Iterable[Stack]:
    if rules.choose == "all":
        return stacks
    best = min(stacks, key=lambda stack: (not is_preferred(stack), -len(stack.slices), stack.series))
    for stack in stacks:
        if stack is not best:
            reason = f"series.choose: {len(stack.slices)} slices, another series of the study has {len(best.slices)}"
            if is_preferred(best) and not is_preferred(stack):
                reason = "series.choose: another series of the study has a mask"
            exclusions.append(Exclusion(path=stack.path, code="series-not-chosen", reason=reason, files=len(stack.names)))
    return (best,)
