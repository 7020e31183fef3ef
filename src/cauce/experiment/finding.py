"""What a search found, in sentences that the folds bear out: "A is better than B" is not said inside the noise between them."""

import itertools
import statistics
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cauce.domain.experiment import Search, Trial
from cauce.domain.search_plan import Range, Value
from cauce.experiment.compare import Comparison, compare, compare_differences
from cauce.experiment.grid import readable_value, values_of
from cauce.experiment.trial import fold_scores

NO_DIFFERENCE = "No difference"
_NAMED = 3


def best_of(search: Search) -> Trial | None:
    """The trial with the highest score; None while none has all folds."""
    return max(_scored(search), key=lambda trial: trial.score or 0.0, default=None)


def findings(search: Search) -> list[str]:
    """How each configuration stands to the best, in the order of the search; p values are corrected for their number (Holm)."""
    best, found = best_of(search), _against_best(search)
    return [_finding_of(number, trial, best, found) for number, trial in enumerate(search.trials)]


def overall(search: Search) -> str:
    """Which configurations differ from the best; "no difference" where none does."""
    best, found = best_of(search), _against_best(search)
    if best is None or not found:
        return "Nothing to compare: fewer than two configurations have all folds."
    test = "corrected resampled t test" + (f", Holm over {len(found)} comparisons" if len(found) > 1 else "")
    worse = {number: each for number, each in found.items() if each.distinguishable and each.difference < 0}
    if not worse:
        least = min(each.p_value for each in found.values())
        return (
            f"{NO_DIFFERENCE}: of {len(found) + 1} configurations that have all folds, the noise between folds tells none from "
            f"{best.name} (smallest p = {least:.2g}; {test})."
        )
    same = len(found) - len(worse)
    rest = f" {same} cannot be told from it." if same else ""
    return f"{search.trials.index(best) + 1} ({best.name}) is better than {_named(search, worse)}; {test}.{rest}"


def _named(search: Search, worse: Mapping[int, Comparison]) -> str:
    """Each with its difference where they are few; else their numbers in the log."""
    if len(worse) <= _NAMED:
        texts = (
            f"{number + 1} ({search.trials[number].name}) by {-each.difference:.4f} (p = {each.p_value:.2g})"
            for number, each in worse.items()
        )
        return ", ".join(texts)
    differences, p_value = [-each.difference for each in worse.values()], max(each.p_value for each in worse.values())
    numbers = ", ".join(str(number + 1) for number in worse)
    return f"{numbers} by {min(differences):.4f} to {max(differences):.4f} (p ≤ {p_value:.2g})"


def _scored(search: Search) -> list[Trial]:
    return [trial for trial in search.trials if trial.score is not None]


def _against_best(search: Search) -> dict[int, Comparison]:
    """Position → how the configuration differs from the best, for all that have every fold; p values corrected (Holm)."""
    best = best_of(search)
    others = [number for number, trial in enumerate(search.trials) if trial.score is not None and trial is not best]
    if best is None:
        return {}
    found = [compare(search.trials[number], best) for number in others]
    adjusted = holm([each.p_value for each in found])
    return {number: Comparison(each.difference, p) for number, each, p in zip(others, found, adjusted, strict=True)}


def _finding_of(number: int, trial: Trial, best: Trial | None, found: Mapping[int, Comparison]) -> str:
    if trial is best:
        return "the best"
    if number not in found:
        return trial.pruned or "–"
    difference, p_value = found[number].difference, f"p = {found[number].p_value:.2g}"
    if not found[number].distinguishable:
        return f"no difference from the best ({difference:+.4f}, {p_value})"
    return f"{'worse' if difference < 0 else 'higher mean, less stable,'} by {abs(difference):.4f} ({p_value})"


@dataclass(frozen=True)
class Effect:
    """Change of the score when one setting goes from `before` to `after` and all others stay."""

    setting: str
    before: Value
    after: Value
    pairs: int
    comparison: Comparison


def effects(search: Search) -> list[Effect]:
    """Of every setting with several values, over pairs of finished trials that differ in nothing else.

    Each value is compared with the first one that was tried; p values are corrected for the number of comparisons (Holm).
    Draws of a range make no such pairs.
    """
    lists = [setting for setting, values in search.spec.space.items() if not isinstance(values, Range)]
    found = [effect for setting in lists for effect in _effects_of(setting, search)]
    adjusted = holm([each.comparison.p_value for each in found])
    return [
        Effect(each.setting, each.before, each.after, each.pairs, Comparison(each.comparison.difference, p))
        for each, p in zip(found, adjusted, strict=True)
    ]


def effect_text(effect: Effect) -> str:
    """As a line of the log."""
    found = effect.comparison
    pairs = f"{effect.pairs} pair{'s' if effect.pairs > 1 else ''} of configurations"
    change = f"{effect.setting} {readable_value(effect.before)} → {readable_value(effect.after)}"
    if not found.distinguishable:
        return f"{change}: no difference ({found.difference:+.4f} over {pairs}, p = {found.p_value:.2g})"
    word = "better" if found.difference > 0 else "worse"
    return f"{change}: {word} by {abs(found.difference):.4f} ({pairs}, p = {found.p_value:.2g})"


def holm(p_values: Sequence[float]) -> list[float]:
    """Corrected for their number. Source: Holm 1979, Scandinavian Journal of Statistics 6:65."""
    order = sorted(range(len(p_values)), key=lambda number: p_values[number])
    adjusted, highest = [0.0] * len(p_values), 0.0
    for rank, number in enumerate(order):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[number]))
        adjusted[number] = highest
    return adjusted


def _effects_of(setting: str, search: Search) -> list[Effect]:
    groups: dict[tuple[object, ...], dict[Value, Trial]] = defaultdict(dict)
    for trial in search.trials:
        if trial.score is not None:
            values = values_of(trial.settings, search.spec)
            groups[tuple(value for key, value in values.items() if key != setting)][values[setting]] = trial
    order = list(dict.fromkeys(values_of(trial.settings, search.spec)[setting] for trial in search.trials))
    found = []
    for before, after in itertools.product(order[:1], order[1:]):
        pairs = [(group[before], group[after]) for group in groups.values() if before in group and after in group]
        if pairs:
            found.append(Effect(setting, before, after, len(pairs), _mean_comparison(pairs)))
    return found


def _mean_comparison(pairs: Sequence[tuple[Trial, Trial]]) -> Comparison:
    """The difference on each fold, averaged over pairs, so that what the pairs share counts once."""
    rows = [[b - a for a, b in zip(fold_scores(x.runs), fold_scores(y.runs), strict=True)] for x, y in pairs]
    overlap = statistics.fmean(run.n_validation / run.n_train for run in pairs[0][0].runs)
    return compare_differences([statistics.fmean(column) for column in zip(*rows, strict=True)], overlap)
