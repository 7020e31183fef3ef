"""Keep the configuration that is best and stable, and say why in a sentence."""

from cauce.domain.errors import InputError
from cauce.domain.experiment import RunStatus, Search, Selection, SelectionPolicy, Trial
from cauce.experiment.compare import compare
from cauce.store.workspace import Workspace

_VISIBLE = 5e-5  # a difference in the digits that are printed


def select(workspace: Workspace, search: Search) -> Selection:
    """Choose a configuration of `search` and store the Selection under the search's name.

    Raises:
        InputError: no configuration can be chosen; the message says why.
    """
    selection = choose(search)
    workspace.records.put(selection, search.name)
    return selection


def choose(search: Search) -> Selection:
    """Highest mean − λ × standard deviation among configurations whose folds all finished and whose worst fold is good enough.

    Raises:
        InputError: there is none.
    """
    policy = search.spec.selection
    ranked = sorted(
        (number for number, trial in enumerate(search.trials) if _is_eligible(trial, policy)),
        key=lambda number: -_score(search.trials[number]),
    )
    if not ranked:
        raise InputError(
            f"no configuration can be chosen: {_why_none(search, policy)}", where=search.name,
            remedy="Correct the settings in experiment.yaml and search again.",
        )
    reason = _reason(search, [search.trials[number] for number in ranked])
    return Selection(name=search.name, search=search.digest(), trial=ranked[0], reason=reason)


def describe(trial: Trial) -> str:
    """`0.9961 ± 0.0008 (3 folds)`, or that it failed."""
    if trial.mean is None or trial.standard_deviation is None:
        failed = sum(run.status is RunStatus.FAILED for run in trial.runs)
        return f"failed on {failed} of {len(trial.runs)} folds"
    return f"{trial.mean:.4f} ± {trial.standard_deviation:.4f} ({len(trial.runs)} folds)"


def _is_eligible(trial: Trial, policy: SelectionPolicy) -> bool:
    return trial.worst is not None and trial.worst >= policy.worst_fold_floor


def _score(trial: Trial) -> float:
    return trial.score if trial.score is not None else float("-inf")


def _reason(search: Search, ranked: list[Trial]) -> str:
    best, policy = ranked[0], search.spec.selection
    text = (
        f"{best.name}: {search.spec.task.metric.word} {describe(best)}, worst fold {best.worst:.4f}; the highest mean − "
        f"{policy.stability_weight:g} × standard deviation ({best.score:.4f}) of {len(search.trials)} configurations."
    )
    if len(ranked) > 1:
        text += " " + _against(best, ranked[1])
    unstable = [t for t in ranked if (t.mean or 0) - (best.mean or 0) > _VISIBLE]
    if unstable:
        text += f" {unstable[0].name} has the higher mean, but {describe(unstable[0])} is less stable."
    left_out = len(search.trials) - len(ranked)
    if left_out:
        text += f" {left_out} left out: {_why_none(search, policy)}."
    return text


def _against(best: Trial, second: Trial) -> str:
    found = compare(best, second)
    verdict = (
        f"better by {found.difference:.4f}" if found.distinguishable and found.difference > 0
        else "not to be told apart from it by the noise between folds"
    )
    return f"Next: {second.name} with {describe(second)}, {verdict} (corrected resampled t test, p = {found.p_value:.2g})."


def _why_none(search: Search, policy: SelectionPolicy) -> str:
    failed = [run for trial in search.trials for run in trial.runs if run.status is RunStatus.FAILED]
    low = [t for t in search.trials if t.worst is not None and t.worst < policy.worst_fold_floor]
    reasons = []
    if failed:
        reasons.append(f"{len(failed)} runs failed, the first with: {failed[0].error.rstrip('.')}")
    if low:
        reasons.append(f"{len(low)} configurations have a fold below {policy.worst_fold_floor:g}")
    return "; ".join(reasons)
