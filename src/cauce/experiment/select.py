"""Keep the configuration that is best and stable, or a cheaper one that the folds do not tell from it, and say why."""

from collections.abc import Iterator

from cauce.domain.errors import InputError
from cauce.domain.experiment import RunStatus, Search, Selection, SelectionCost, SelectionPolicy, Trial
from cauce.experiment.compare import compare
from cauce.experiment.equals import told_apart
from cauce.store.workspace import Workspace

_VISIBLE = 5e-5  # a difference in the digits that are printed
_NAMED = 3
_CHEAPER = 0.9  # a saving below a tenth is no reason to leave the best


def select(workspace: Workspace, search: Search) -> Selection:
    """Choose a configuration of `search` and store the Selection under the search's name.

    Raises:
        InputError: no configuration can be chosen; the message says why.
    """
    selection = choose(search)
    workspace.records.put(selection, search.name)
    return selection


def choose(search: Search) -> Selection:
    """The cheapest of the configurations that cannot be told from the best.

    The best has the highest mean − λ × standard deviation among configurations whose folds all finished and whose worst fold
    is good enough.

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
    best = search.trials[ranked[0]]
    equals = [ranked[0], *(number for number in ranked[1:] if not told_apart(best, search.trials[number]))]
    kept = _cheapest(search, equals)
    trials, stacked = search.trials, ranked[: policy.stack] if policy.stack > 1 else []
    sentences = [*_sentences(search, [trials[n] for n in ranked], [trials[n] for n in equals], trials[kept]),
                 *_stack_sentence([trials[n] for n in stacked], policy)]
    return Selection(
        name=search.name, search=search.digest(), trial=kept, reason=" ".join(sentences), equals=tuple(equals),
        stacked=tuple(stacked) if len(stacked) > 1 else (),
    )


def describe(trial: Trial) -> str:
    """`0.9961 ± 0.0008 (3 folds)`, or that it failed, or is under way."""
    if trial.mean is None or trial.standard_deviation is None:
        failed = sum(run.status is RunStatus.FAILED for run in trial.runs)
        if not failed:
            return f"{len(trial.runs)} folds so far"
        return f"failed on {failed} of {len(trial.runs)} folds"
    return f"{trial.mean:.4f} ± {trial.standard_deviation:.4f} ({len(trial.runs)} folds)"


def cost_of(trial: Trial, cost: SelectionCost) -> float:
    """What a configuration costs: network parameters × epochs, or the mean seconds of a fold."""
    if cost is SelectionCost.SECONDS:
        return sum(run.seconds for run in trial.runs) / len(trial.runs)
    return float(max(run.n_parameters for run in trial.runs) * trial.settings.epochs)


def _cheapest(search: Search, equals: list[int]) -> int:
    """The best itself, unless another is cheaper by a tenth at least; between equal costs the higher score wins."""
    cost = {number: cost_of(search.trials[number], search.spec.selection.cost) for number in equals}
    cheaper = [number for number in equals if cost[number] < _CHEAPER * cost[equals[0]]]
    return min(cheaper, key=lambda number: (cost[number], -_score(search.trials[number])), default=equals[0])


def _is_eligible(trial: Trial, policy: SelectionPolicy) -> bool:
    return trial.score is not None and trial.worst is not None and trial.worst >= policy.worst_fold_floor


def _score(trial: Trial) -> float:
    return trial.score if trial.score is not None else float("-inf")


def _sentences(search: Search, ranked: list[Trial], equals: list[Trial], kept: Trial) -> Iterator[str]:
    best, policy = ranked[0], search.spec.selection
    highest = f"the highest mean − {policy.stability_weight:g} × standard deviation ({best.score:.4f})"
    of_all = f"of {len(search.trials)} configuration{'s' if len(search.trials) > 1 else ''}"
    text = f"{kept.name}: {search.spec.task.metric.word} {describe(kept)}, worst fold {kept.worst:.4f}"
    if kept is best:
        yield f"{text}; {highest} {of_all}."
    else:
        yield (
            f"{text}; the cheapest ({_cost_text(kept, policy)}) of the {len(equals)} {of_all} that the noise between folds "
            f"does not tell apart. {best.name} has {highest}: {describe(best)}, at {_cost_text(best, policy)}."
        )
    if len(ranked) > 1:
        yield _against(best, ranked[1])
    if kept is best and len(equals) > 1:
        others = [trial for trial in equals[1:] if trial is not ranked[1]]
        yield f"Nor are {_names(others)}; none of these is a tenth cheaper." if others else "It is not a tenth cheaper."
    unstable = [trial for trial in ranked if (trial.mean or 0) - (kept.mean or 0) > _VISIBLE and trial not in equals]
    if unstable:
        yield f"{unstable[0].name} has the higher mean, but {describe(unstable[0])} is less stable."
    pruned = sum(bool(trial.pruned) for trial in search.trials)
    if pruned:
        yield f"{pruned} given up before the last fold."
    left_out = len(search.trials) - len(ranked) - pruned
    if left_out:
        yield f"{left_out} left out: {_why_none(search, policy)}."


def _stack_sentence(stacked: list[Trial], policy: SelectionPolicy) -> Iterator[str]:
    if len(stacked) > 1:
        names = "; ".join(trial.name for trial in stacked)
        yield f"The model stacks the {len(stacked)} with the highest scores ({names}): a head weighs their answers."
    elif policy.stack > 1:
        yield f"{policy.stack} were to be stacked, and only one can be chosen: it stands alone."


def _names(trials: list[Trial]) -> str:
    more = f" and {len(trials) - _NAMED} more" if len(trials) > _NAMED else ""
    return "; ".join(trial.name for trial in trials[:_NAMED]) + more


def _cost_text(trial: Trial, policy: SelectionPolicy) -> str:
    if policy.cost is SelectionCost.SECONDS:
        return f"{cost_of(trial, policy.cost):.0f} s a fold"
    return f"{max(run.n_parameters for run in trial.runs):,} parameters × {trial.settings.epochs} epochs"


def _against(best: Trial, second: Trial) -> str:
    found = compare(best, second)
    apart = told_apart(best, second)
    verdict = f"told apart ({apart})" if apart else f"not to be told apart by the noise between folds (p = {found.p_value:.2g})"
    return f"Next to the best: {second.name} with {describe(second)}, {verdict}; corrected resampled t test."


def _why_none(search: Search, policy: SelectionPolicy) -> str:
    failed = [run for trial in search.trials for run in trial.runs if run.status is RunStatus.FAILED]
    low = [t for t in search.trials if t.score is not None and t.worst is not None and t.worst < policy.worst_fold_floor]
    reasons = []
    if failed:
        reasons.append(f"{len(failed)} runs failed, the first with: {failed[0].error.rstrip('.')}")
    if low:
        reasons.append(f"{len(low)} configurations have a fold below {policy.worst_fold_floor:g}")
    return "; ".join(reasons)
