from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from cauce.domain.errors import NotFoundError
from cauce.domain.monitoring import Alert, AlertState
from cauce.domain.record import sha256_hex
from cauce.store.alert_log import AlertLog


def alert(number: int = 0) -> Alert:
    return Alert(
        id=sha256_hex(str(number).encode()), raised_at="2026-05-01T00:00:00+00:00", model_name="chest",
        model_digest=sha256_hex(b"m"), report=sha256_hex(b"r"), cause="vendor", action="look", owner="team",
    )


@pytest.fixture
def log(tmp_path: Path) -> AlertLog:
    return AlertLog(f"sqlite:///{tmp_path / 'monitor.db'}")


def test_an_alert_is_raised_once_even_by_many_at_the_same_moment(log: AlertLog) -> None:
    with ThreadPoolExecutor(4) as pool:
        raised = list(pool.map(lambda _: log.raise_once(alert()), range(8)))
    assert raised.count(True) == 1
    assert len(log.alerts()) == 1


def test_states_follow_one_another_and_nothing_that_was_said_is_lost(log: AlertLog) -> None:
    log.raise_once(alert())
    log.change(alert().id, AlertState.ACKNOWLEDGED, who="mt", comment="asked the site")
    log.change(alert().id, AlertState.RESOLVED, who="mt", comment="new device, accepted")
    assert log.alerts("chest")[0].state is AlertState.RESOLVED
    assert [item.comment for item in log.history(alert().id)] == ["asked the site", "new device, accepted"]


def test_an_alert_is_owed_until_it_is_delivered_and_only_where_somebody_is_to_be_told(log: AlertLog) -> None:
    log.raise_once(alert(1))
    log.raise_once(alert(2), owed=False)
    assert [item.id for item in log.undelivered()] == [alert(1).id]
    log.mark_delivered(alert(1).id)
    assert log.undelivered() == []


def test_an_unknown_alert_is_named(log: AlertLog) -> None:
    with pytest.raises(NotFoundError, match="no alert"):
        log.change("0" * 64, AlertState.RESOLVED, who="mt", comment="")
