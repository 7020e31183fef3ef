"""Moving an alias: only to an evaluated version, and a protected one only when the promotion guard lets the version pass.

Both bundles keep the scores of the `tune` patients. On one sealed split these are the same patients, a frozen reference set.
A version whose scores lie elsewhere makes thresholds, worklists and drift references downstream wrong, however good its AUC.
"""

import numpy as np
from numpy.typing import NDArray

from cauce.domain.errors import InputError, PromotionRefusedError
from cauce.domain.model import Alias, OperatingPoint
from cauce.domain.promotion import PROTECTED, ScoreShift
from cauce.metrics.drift_numbers import ks_columns
from cauce.model.evaluate import report_of
from cauce.model.registry import Move, RegisteredVersion, move_alias, resolve, versions
from cauce.predictor.bundle import open_bundle
from cauce.store.workspace import Workspace

LARGEST_DISTANCE = 0.15
"""Kolmogorov–Smirnov distance of the scores beyond which, at `LEVEL`, a version is refused."""
LARGEST_CHANGE = 0.10
"""Change of the share of patients that are called positive beyond which a version is refused: one in ten of the worklist."""
LEVEL = 0.01
FEWEST_PATIENTS = 20


def promote(workspace: Workspace, reference: str, alias: Alias, *, why: str, override: str = "") -> RegisteredVersion:
    """Point `alias` to an evaluated version; the one it pointed to before keeps its number.

    Args:
        why: reason, kept in the alias log.
        override: reason for going on although the guard refuses; kept in the log beside what the guard said.

    Raises:
        InputError: a folder, no reason, or a version without an evaluation.
        PromotionRefusedError: the guard refuses, and there is no override.
    """
    found = resolve(workspace, reference)
    if not why.strip():
        raise InputError("an alias is not moved without a reason", where=reference, remedy="Give --why.")
    if found.version is None:
        raise InputError("a folder has no aliases", where=reference, remedy="Give NAME:VERSION.")
    if report_of(workspace, found) is None:
        raise InputError("a version is not promoted before it was evaluated", where=reference,
                         remedy=f"Run `cauce model evaluate {reference}`.")
    shift, objection = None, ""
    holder = _holder(workspace, found.name, alias)
    if alias in PROTECTED and holder is not None and holder.model.bundle != found.model.bundle:
        shift, objection = guard(holder, found)
    if objection and not override.strip():
        raise PromotionRefusedError(
            objection, where=f"{found.name}:{found.version}",
            remedy="Choose the operating point anew, or give --override with the reason; it is kept in the alias log.",
        )
    move = Move(alias, why.strip(), shift=shift, objection=objection, override=override.strip() if objection else "")
    return move_alias(workspace, found, move)


def guard(before: RegisteredVersion, after: RegisteredVersion) -> tuple[ScoreShift | None, str]:
    """What the two versions say of the frozen reference set, and the objection; an empty one lets `after` pass."""
    if before.model.split != after.model.split:
        return None, "the two versions were not built on one sealed split: there is no frozen reference set in common"
    scores = [np.array(open_bundle(each.folder, expected=each.model.bundle).reference.score) for each in (before, after)]
    test = ks_columns(scores[0][:, None], scores[1][:, None])
    called = [_share_called(score, each.model.operating_point) for score, each in zip(scores, (before, after), strict=True)]
    shift = ScoreShift(
        reference=before.model.split, n_patients=len(scores[0]), distance=float(test.statistic[0]),
        p_value=float(test.p_value[0]), called_before=called[0], called_after=called[1],
    )
    return shift, _objection(shift)


def _share_called(score: NDArray[np.float64], point: OperatingPoint | None) -> float:
    """Share of positive calls; 0 for a model that segments, which calls nothing: its scores are volumes."""
    return float((score >= point.threshold).mean()) if point else 0.0


def _objection(shift: ScoreShift) -> str:
    said = []
    if shift.n_patients < FEWEST_PATIENTS:
        said.append(f"the reference set has {shift.n_patients} patients; at least {FEWEST_PATIENTS} are needed to tell")
    if shift.distance > LARGEST_DISTANCE and shift.p_value < LEVEL:
        said.append(f"the scores shift (Kolmogorov distance {shift.distance:.2f}, p = {shift.p_value:.2g})")
    if abs(shift.called_after - shift.called_before) > LARGEST_CHANGE:
        said.append(f"the share called positive goes from {shift.called_before:.1%} to {shift.called_after:.1%}")
    return "; ".join(said) + (f", on {shift.n_patients} reference patients" if said else "")


def _holder(workspace: Workspace, name: str, alias: Alias) -> RegisteredVersion | None:
    return next((each for each in versions(workspace, name) if alias.value in each.aliases), None)
