"""CHANGELOG of a release: what each release of this model was, the newest first."""

from collections.abc import Sequence

from cauce.domain.estimate import Estimate
from cauce.domain.model import EvaluationReport, ModelVersion
from cauce.domain.release import Approval, Release


def changelog(
    model: ModelVersion, evaluation: EvaluationReport, approval: Approval, *, version: int, earlier: Sequence[Release]
) -> str:
    """Markdown: version, date, what changed against the one before, and its metrics.

    Args:
        model, evaluation, approval, version: of the release that is being built.
        earlier: releases of the same model, in any order; those of the same version or a later one are left out.
    """
    before = {each.version: each for each in earlier if each.version < version}
    entries = [(version, model, evaluation, approval)]
    entries += [(number, old.model, old.evaluation, old.approval) for number, old in before.items()]
    entries.sort(key=lambda entry: -entry[0])
    lines = [f"# Changelog of {model.name}", ""]
    for place, (number, its_model, its_evaluation, its_approval) in enumerate(entries):
        previous = entries[place + 1][1] if place + 1 < len(entries) else None
        lines += [f"## {number}.0.0, {its_approval.at[:10]}", ""]
        lines += [f"- {line}" for line in _changes(its_model, previous)]
        lines += [f"- {_metric(each)}" for each in its_evaluation.metrics[:3]]
        lines += [f"- Approved by {its_approval.by} as {its_approval.role}. {its_approval.comment}".rstrip(), ""]
    return "\n".join(lines)


def _changes(model: ModelVersion, previous: ModelVersion | None) -> list[str]:
    if previous is None:
        return [f"First release; model {model.bundle[:12]}."]
    parts = {
        "cohort": (previous.cohort, model.cohort), "split": (previous.split, model.split),
        "search": (previous.search, model.search), "network": (previous.network, model.network),
        "preprocessing": (previous.contract.preprocess, model.contract.preprocess),
        "operating point": (previous.operating_point, model.operating_point),
    }
    changed = [name for name, (old, new) in parts.items() if old != new]
    return [f"Model {previous.bundle[:12]} → {model.bundle[:12]}; changed: {', '.join(changed) or 'weights only'}."]


def _metric(estimate: Estimate) -> str:
    return f"{estimate.name} {estimate.text()}, {estimate.n_patients} test patients."
