"""From a drifted report to an Alert that is stored once and delivered."""

from collections.abc import Callable, Sequence
from datetime import datetime

from cauce.domain.errors import CauceError
from cauce.domain.monitoring import Alert, DriftReport, WindowStatus
from cauce.domain.record import canonical_json, sha256_hex
from cauce.store.alert_log import AlertLog

Notify = Callable[[Alert], bool]
"""Delivers one alert; False when a destination did not accept it."""


def alert_of(report: DriftReport, *, at: datetime) -> Alert | None:
    """The alert that a drifted report calls for; its id depends on model, window and policy only, not on the time."""
    if report.status is not WindowStatus.DRIFTED:
        return None
    return Alert(
        id=sha256_hex(canonical_json(["cauce alert", report.model_digest, report.window, report.policy.digest()])),
        raised_at=at.isoformat(), model_name=report.model_name, model_digest=report.model_digest, report=report.digest(),
        cause=report.cause, action=report.policy.action, owner=report.policy.owner,
    )


def deliver(log: AlertLog, notify: Notify) -> Sequence[str]:
    """Deliver every alert that is still owed; returns what went wrong, one line for each. Those are tried again next time.

    An alert counts as delivered only after its destination accepted it: after a crash it may arrive twice, never not at all.
    """
    problems = []
    for alert in log.undelivered():
        try:
            accepted = notify(alert)
        except CauceError as error:
            problems.append(error.line())
            continue
        if accepted:
            log.mark_delivered(alert.id)
        else:
            problems.append(f"alert {alert.id[:12]}: a destination did not accept it; it is tried again at the next check")
    return problems
