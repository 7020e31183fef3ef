"""A window of results against a reference: the DriftReport."""

from collections.abc import Sequence

import numpy as np

from cauce.domain.monitoring import (
    DriftReport,
    DriftTest,
    MonitoringPolicy,
    ReferenceDistribution,
    ShiftKind,
    WindowStatus,
)
from cauce.monitor.explain import cause_sentence, change
from cauce.monitor.sample import Window, reference_sample, window_of
from cauce.monitor.shift import Shift, name_shift
from cauce.monitor.streams import Findings, add_refusals, corrected, run_streams
from cauce.store.result_log import LoggedResult


def compare(
    results: Sequence[LoggedResult], reference: ReferenceDistribution, policy: MonitoringPolicy, *,
    model_name: str, model_digest: str,
) -> DriftReport:
    """Test one window. The same results give the same report: random draws are seeded by the window's digest.

    A window without any shift is called drifted with a probability of at most `policy.false_alarm_rate`, over all tests
    together (one row for each patient, permutation or conservative p values, Holm's correction).

    Raises:
        InputError: the reference or the logged rows do not fit together.
    """
    window = window_of(results, reference)
    normal = reference_sample(reference)
    seed = int(window.digest[:8], 16)
    found = Findings()
    enough = min(len(window.sample), len(normal)) >= policy.minimum_patients
    if enough:
        found = run_streams(normal, window.sample, seed=seed)
    if window.n_patients >= policy.minimum_patients:
        add_refusals(found, window, policy)
    tests = corrected(found.tests, policy.false_alarm_rate)
    drifted = any(test.drifted for test in tests)
    shift = Shift(ShiftKind.NONE)
    if drifted:
        shift = name_shift(normal, reference.label, window.sample, tests=tests, policy=policy, seed=seed)
    report = DriftReport(
        model_name=model_name, model_digest=model_digest,
        window_start=window.start.isoformat() if window.start else "", window_end=window.end.isoformat() if window.end else "",
        n_studies=window.n_studies, n_patients=window.n_patients, n_refused=sum(window.refusals.values()),
        status=WindowStatus.DRIFTED if drifted else WindowStatus.STABLE if enough else WindowStatus.INSUFFICIENT,
        tests=_ordered(tests, found), policy=policy, window=window.digest, n_reference=len(normal),
        comparisons=tuple(found.comparisons), not_tested=tuple(found.not_tested), shift=shift.kind, classes=shift.classes,
        note="; ".join(part for part in (*_statements(window, len(normal), policy), shift.note) if part),
    )
    return report.model_copy(update={"cause": cause_sentence(report)})


def _ordered(tests: Sequence[DriftTest], found: Findings) -> tuple[DriftTest, ...]:
    charts = {(item.stream, item.variable): item for item in found.comparisons}
    told = [test.model_copy(update={"detail": change(charts[test.stream, test.variable])}) for test in tests]
    return tuple(sorted(told, key=lambda test: (not test.drifted, -test.effect)))


def _statements(window: Window, n_reference: int, policy: MonitoringPolicy) -> list[str]:
    """What must be said of the window beside its tests."""
    said = []
    analysed, least = len(window.sample), policy.minimum_patients
    if not window.n_studies:
        said.append("the window is empty: no result of this model was logged in it")
    elif analysed < least:
        said.append(f"{analysed} patients with an analysed study, at least {least} needed to compare")
    if n_reference < least:
        said.append(f"the reference holds {n_reference} patients, at least {least} needed to compare")
    if analysed >= least and np.ptp(window.sample.score) == 0:
        said.append(f"every patient of the window got the same probability, {window.sample.score[0]:.3f}")
    return said
