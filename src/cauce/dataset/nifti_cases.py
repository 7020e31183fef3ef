"""NIfTI files below a folder → cases: which file is which channel or mask of which case, and which belongs nowhere."""

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cauce.domain.cohort import Exclusion, NiftiSource, Patterns, patterns_of
from cauce.domain.errors import InputError
from cauce.predictor.nibabel_adapter import is_nifti
from cauce.predictor.source import find_files

_CASE = "{case}"


@dataclass(frozen=True)
class Case:
    """Files of one case, relative to the data root with forward slashes.

    Attributes:
        name: what stands for `{case}`; in memory only, it may name the patient.
        channels: path by channel, in the order of the source.
        masks: path by reader, of those who marked this case.
    """

    name: str
    channels: dict[str, str]
    masks: dict[str, str]

    @property
    def path(self) -> str:
        """What the case is called in rows and messages: its first channel."""
        return next(iter(self.channels.values()))

    @property
    def files(self) -> tuple[str, ...]:
        """All of them, the first channel first."""
        return (*self.channels.values(), *self.masks.values())


def list_cases(source: NiftiSource, root: Path) -> tuple[dict[str, Case], list[Exclusion]]:
    """Cases by path, sorted, and what is left over: images without label, labels without image, files of no pattern.

    Raises:
        InputError: the folder is missing, empty or outside the data root, or no file matches a channel.
    """
    if Path(source.root).is_absolute() or ".." in Path(source.root).parts:
        raise InputError("not a path below the data root", where="source.root", got=source.root,
                         remedy="Make it relative; give --data.")
    folder = root / source.root
    names = [path.relative_to(folder).as_posix() for path in find_files(folder) if is_nifti(path)]
    prefix = "" if source.root == "." else Path(source.root).as_posix() + "/"
    channels, masks = _matches(names, source.channels, prefix), _matches(names, source.masks, prefix)
    if not channels:
        expected = ", ".join(pattern for each in source.channels.values() for pattern in patterns_of(each))
        raise InputError("no file matches a channel", where=source.root, expected=expected,
                         got=f"{len(names)} NIfTI files that do not", remedy="Correct source.channels or --data.")
    used = {path for found in (channels, masks) for by_role in found.values() for path in by_role.values()}
    exclusions = [
        Exclusion(path=prefix + name, code="no-pattern", reason="a NIfTI file that no channel and no mask names")
        for name in names if prefix + name not in used
    ]
    cases = {}
    for case in sorted(channels.keys() | masks.keys()):
        found = Case(case, _ordered(channels.get(case, {}), source.channels), _ordered(masks.get(case, {}), source.masks))
        excluded = _incomplete(found, source)
        exclusions += excluded
        if not excluded:
            cases[found.path] = found
    return dict(sorted(cases.items())), exclusions


def _matches(names: list[str], patterns: Mapping[str, Patterns], prefix: str) -> dict[str, dict[str, str]]:
    """Path by role by case.

    Raises:
        InputError: one case has two files of a role; its name would stand for two patients.
    """
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for role, several in patterns.items():
        for expression in map(_expression, patterns_of(several)):
            for name in names:
                match = expression.fullmatch(name)
                if match and role in found[match["case"]]:
                    raise InputError(f"two files are the {role} of one case", where=prefix + name, expected="one",
                                     remedy="Rename the cases of one folder, or index it as a cohort of its own.")
                if match:
                    found[match["case"]][role] = prefix + name
    return found


def _expression(pattern: str) -> re.Pattern[str]:
    """`{case}` is any name without a slash; where it stands again it is the same."""
    first, *others = [re.escape(part) for part in pattern.split(_CASE)]
    return re.compile(first + "(?P<case>[^/]+)" + "(?P=case)".join(others))


def _ordered(found: Mapping[str, str], patterns: Mapping[str, Patterns]) -> dict[str, str]:
    return {role: found[role] for role in patterns if role in found}


def _incomplete(case: Case, source: NiftiSource) -> list[Exclusion]:
    if not case.channels:
        return [Exclusion(path=path, code="label-without-image", reason="a mask whose image is missing")
                for path in case.masks.values()]
    missing = [role for role in source.channels if role not in case.channels]
    if missing:
        return [Exclusion(path=case.path, code="missing-channel", reason=f"no file for channel {', '.join(missing)}")]
    if not case.masks:
        return [Exclusion(path=case.path, code="no-label", reason=f"no mask of {', '.join(source.masks)}")]
    return []
