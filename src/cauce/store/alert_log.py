"""Alerts, their states and every change of them: raised once, delivered at least once, never edited."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import BigInteger, Column, MetaData, String, Table, Text, func, select, update

from cauce.domain.errors import InputError, NotFoundError
from cauce.domain.monitoring import Alert, AlertState
from cauce.domain.record import canonical_json, sha256_hex
from cauce.store.sqlalchemy_adapter import Database

_METADATA = MetaData()
_ALERTS = Table(
    "monitor_alerts",
    _METADATA,
    Column("id", String(64), primary_key=True),
    Column("at_us", BigInteger, nullable=False),
    Column("model_name", Text, nullable=False),
    Column("document", Text, nullable=False),  # JSON of the Alert as it was raised
    Column("delivered_us", BigInteger),  # null while a notification is owed
)
_CHANGES = Table(
    "monitor_alert_changes",
    _METADATA,
    Column("id", String(64), primary_key=True),
    Column("alert", String(64), nullable=False, index=True),
    Column("number", BigInteger, nullable=False),
    Column("at_us", BigInteger, nullable=False),
    Column("state", String(16), nullable=False),
    Column("who", Text, nullable=False),
    Column("comment", Text, nullable=False),
)


@dataclass(frozen=True)
class AlertChange:
    """One step in the life of an alert."""

    at: datetime
    state: AlertState
    who: str
    comment: str


class AlertLog:
    """Alerts of a workspace, in the database of the result log."""

    def __init__(self, url: str) -> None:
        self._database = Database.open(url, _METADATA)

    def raise_once(self, alert: Alert, *, owed: bool = True) -> bool:
        """Store an alert; False, and nothing changes, when one with this id was raised before.

        Args:
            owed: somebody is to be notified of it.
        """
        now = _now_us()
        row = {
            "id": alert.id, "at_us": now, "model_name": alert.model_name,
            "document": json.dumps(alert.model_dump(mode="json"), ensure_ascii=False), "delivered_us": None if owed else now,
        }
        return self._database.insert_new(_ALERTS, [row]) == 1

    def alerts(self, model_name: str | None = None) -> list[Alert]:
        """All alerts, newest first, each in its present state."""
        query = select(_ALERTS).order_by(_ALERTS.c.at_us.desc(), _ALERTS.c.id)
        if model_name is not None:
            query = query.where(_ALERTS.c.model_name == model_name)
        alerts = [Alert.model_validate_json(row.document) for row in self._database.rows(query)]
        last: dict[str, AlertState] = {}
        for row in self._database.rows(select(_CHANGES).order_by(_CHANGES.c.number)):
            last[row.alert] = AlertState(row.state)
        return [alert.model_copy(update={"state": last.get(alert.id, alert.state)}) for alert in alerts]

    def change(self, alert_id: str, state: AlertState, *, who: str, comment: str) -> None:
        """Acknowledge, resolve or reopen an alert; what was said before stays.

        Raises:
            NotFoundError: there is no such alert.
        """
        if not self._database.rows(select(_ALERTS.c.id).where(_ALERTS.c.id == alert_id)):
            raise NotFoundError("no alert with this id", where=alert_id[:12], remedy="`cauce monitor alerts` lists them.")
        counted = self._database.rows(select(func.count().label("n")).where(_CHANGES.c.alert == alert_id))
        number = int(counted[0].n) + 1
        row = {
            # Two people who change the same alert at the same moment write the same id: the second is refused, not merged.
            "id": sha256_hex(canonical_json([alert_id, number])), "alert": alert_id, "number": number, "at_us": _now_us(),
            "state": state.value, "who": who, "comment": comment,
        }
        if not self._database.insert_new(_CHANGES, [row]):
            raise InputError("someone else changed the alert at this moment", where=alert_id[:12], remedy="Look at it again.")

    def history(self, alert_id: str) -> list[AlertChange]:
        """Every change of one alert, oldest first."""
        query = select(_CHANGES).where(_CHANGES.c.alert == alert_id).order_by(_CHANGES.c.number)
        return [
            AlertChange(datetime.fromtimestamp(row.at_us / 1e6, UTC), AlertState(row.state), row.who, row.comment)
            for row in self._database.rows(query)
        ]

    def undelivered(self) -> list[Alert]:
        """Alerts whose notification has not been accepted by its destination yet, oldest first."""
        query = select(_ALERTS.c.document).where(_ALERTS.c.delivered_us.is_(None)).order_by(_ALERTS.c.at_us)
        return [Alert.model_validate_json(row.document) for row in self._database.rows(query)]

    def mark_delivered(self, alert_id: str) -> None:
        """A destination accepted the notification."""
        with self._database.transaction() as connection:
            connection.execute(update(_ALERTS).where(_ALERTS.c.id == alert_id).values(delivered_us=_now_us()))


def _now_us() -> int:
    return int(datetime.now(UTC).timestamp() * 1_000_000)
