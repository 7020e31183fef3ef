"""`cauce monitor check`: take a window of the result log, compare it, store the report, raise the alert once."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cauce.domain.monitoring import Alert, DriftReport, MonitoringPolicy, ReferenceDistribution
from cauce.monitor.alert import alert_of, deliver
from cauce.monitor.compare import compare
from cauce.monitor.page import write_report
from cauce.store.alert_log import AlertLog
from cauce.store.result_log import ResultLog
from cauce.store.workspace import Workspace


@dataclass(frozen=True)
class MonitoredModel:
    """What monitoring needs of a model: its name, the digest of its bundle, and what was normal for it."""

    name: str
    digest: str
    reference: ReferenceDistribution


@dataclass(frozen=True)
class WindowChoice:
    """Which results: the last `last` studies of those from `since` up to, not including, `until`."""

    last: int | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class Check:
    """Outcome of a check.

    Attributes:
        alert: the alert this window calls for, raised now or before; None for a window that did not drift.
        newly_raised: False when this window had raised it before.
        page, document: the report as HTML and as JSON.
        undelivered: notifications that are still owed, with the reason.
    """

    report: DriftReport
    alert: Alert | None
    newly_raised: bool
    page: Path
    document: Path
    undelivered: tuple[str, ...]


def check(
    workspace: Workspace, model: MonitoredModel, policy: MonitoringPolicy, *, window: WindowChoice, at: datetime | None = None
) -> Check:
    """Compare a window of `model`'s logged results with its reference. Doing it twice for the same results changes nothing.

    Args:
        at: time that a new alert carries; now by default.
    """
    results = ResultLog(workspace.monitor_url).window(
        model.digest, last=window.last, since=window.since, until=window.until
    )
    report = compare(results, model.reference, policy, model_name=model.name, model_digest=model.digest)
    workspace.records.put(report, model.name)
    page, document = write_report(workspace, report)
    log = AlertLog(workspace.monitor_url)
    alert = alert_of(report, at=at or datetime.now(UTC))
    newly_raised = alert is not None and log.raise_once(alert, owed=bool(workspace.settings.alert_urls))
    if alert is not None and newly_raised:
        workspace.records.put(alert, model.name)
    elif alert is not None:
        alert = next(item for item in log.alerts(model.name) if item.id == alert.id)
    return Check(report, alert, newly_raised, page, document, tuple(_deliver(workspace, log)))


def _deliver(workspace: Workspace, log: AlertLog) -> list[str]:
    urls = workspace.settings.alert_urls
    if not urls:
        return []
    from cauce.monitor.apprise_adapter import notify

    def send(alert: Alert) -> bool:
        body = f"{alert.cause}\n\n{alert.action}\n{alert.owner}"
        return notify(urls, title=f"cauce: {alert.model_name} drifted", body=body)

    return list(deliver(log, send))
