import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from cauce.domain.errors import ConfigurationError
from cauce.domain.monitoring import Alert, DriftReport, MonitoringPolicy, ReferenceDistribution, WindowStatus
from cauce.monitor.check import Check, MonitoredModel, WindowChoice, check
from cauce.store.alert_log import AlertLog
from cauce.store.result_log import LoggedResult, ResultLog
from cauce.store.workspace import Workspace

from .conftest import MODEL, Population, result_of

Make = Callable[..., list[LoggedResult]]
POLICY = MonitoringPolicy()
NEW_VENDOR = Population(vendors=("Umbra",), factors=(("contrast", 0.82), ("noise", 1.4)))


def fill(workspace: Workspace, rows: list[LoggedResult]) -> None:
    """Log studies as the service does."""
    log = ResultLog(workspace.monitor_url)
    for row in rows:
        log.append(result_of(row), at=row.at)


def run(workspace: Workspace, reference: ReferenceDistribution, last: int | None = None) -> Check:
    return check(workspace, MonitoredModel("chest", MODEL, reference), POLICY, window=WindowChoice(last=last))


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace.open(tmp_path / "w")


@pytest.fixture
def webhook() -> Iterator[tuple[str, list[dict[str, str]]]]:
    received: list[dict[str, str]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *args: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"json://127.0.0.1:{server.server_port}/alerts", received
    server.shutdown()
    server.server_close()


def test_a_drifted_window_raises_one_alert_however_often_it_is_checked(
    workspace: Workspace, reference: ReferenceDistribution, window: Make
) -> None:
    fill(workspace, window(60, 1, NEW_VENDOR))
    first, second = run(workspace, reference), run(workspace, reference)
    assert (first.newly_raised, second.newly_raised) == (True, False)
    assert first.alert == second.alert
    assert first.page == second.page
    assert len(AlertLog(workspace.monitor_url).alerts()) == 1
    assert len(workspace.records.history(Alert, "chest")) == 1
    assert len(workspace.records.history(DriftReport, "chest")) == 1


def test_a_stable_window_raises_none(workspace: Workspace, reference: ReferenceDistribution, window: Make) -> None:
    fill(workspace, window(60, 3))
    outcome = run(workspace, reference)
    assert (outcome.report.status, outcome.alert) == (WindowStatus.STABLE, None)
    assert outcome.page.is_file()


def test_the_last_studies_are_judged_apart_from_those_before(
    workspace: Workspace, reference: ReferenceDistribution, window: Make
) -> None:
    later = [replace(row, at=row.at.replace(month=6)) for row in window(60, 5, NEW_VENDOR)]
    fill(workspace, [*window(60, 4), *later])
    assert "Umbra 0 % → 100 %" in run(workspace, reference, last=60).report.cause
    early = WindowChoice(until=datetime(2026, 6, 1, tzinfo=UTC))
    outcome = check(workspace, MonitoredModel("chest", MODEL, reference), POLICY, window=early)
    assert outcome.report.status is WindowStatus.STABLE


def test_the_alert_reaches_the_webhook_once_and_names_cause_action_and_owner(
    tmp_path: Path, reference: ReferenceDistribution, window: Make, webhook: tuple[str, list[dict[str, str]]]
) -> None:
    url, received = webhook
    place = with_urls(tmp_path, url)
    fill(place, window(60, 1, NEW_VENDOR))
    assert run(place, reference).undelivered == ()
    run(place, reference)
    assert len(received) == 1
    assert "Umbra" in received[0]["message"]
    assert POLICY.owner in received[0]["message"]


def test_a_dead_destination_loses_nothing_the_alert_arrives_when_it_lives_again(
    tmp_path: Path, reference: ReferenceDistribution, window: Make, webhook: tuple[str, list[dict[str, str]]]
) -> None:
    url, received = webhook
    dead = with_urls(tmp_path, "json://127.0.0.1:9/alerts")
    fill(dead, window(60, 1, NEW_VENDOR))
    outcome = run(dead, reference)
    assert outcome.newly_raised
    assert "did not accept" in outcome.undelivered[0]
    assert not received
    assert run(with_urls(tmp_path, url), reference).undelivered == ()
    assert len(received) == 1


def test_a_destination_of_no_known_kind_is_told_without_repeating_it(
    tmp_path: Path, reference: ReferenceDistribution, window: Make
) -> None:
    place = with_urls(tmp_path, "nonsense://user:secret@host")
    fill(place, window(60, 1, NEW_VENDOR))
    (problem,) = run(place, reference).undelivered
    assert "entry 1 is no notification URL" in problem
    assert "secret" not in problem


def test_alert_urls_that_are_no_list_are_a_named_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAUCE_ALERT_URLS", "json://user:secret@host")
    with pytest.raises(ConfigurationError, match="JSON") as caught:
        Workspace.open(tmp_path / "w")
    assert "secret" not in caught.value.line()


def with_urls(tmp_path: Path, *urls: str) -> Workspace:
    root = tmp_path / "w"
    root.mkdir(exist_ok=True)
    (root / "cauce.toml").write_text(f"alert_urls = {json.dumps(urls)}\n")
    return Workspace.open(root)
