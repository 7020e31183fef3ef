"""The alias log of a model: every move of `champion` and `candidate`, so that one can ask who was champion on a day.

One chained file for each move, `aliases/<model>/0001.json`. MLflow keeps where aliases point now,
this keeps where they pointed.
"""

from datetime import UTC, datetime

from cauce.domain.errors import InputError, IntegrityError, NotFoundError
from cauce.domain.model import Alias
from cauce.domain.promotion import AliasChange
from cauce.store.chain import Chain
from cauce.store.workspace import Workspace

_REMEDY = "Restore the folder `aliases` from a backup; without it nobody knows which version was in use when."


def alias_chain(workspace: Workspace, name: str) -> Chain[AliasChange]:
    """The log of one model."""
    return Chain(workspace, AliasChange, workspace.root / "aliases" / name, key=name, what="the alias log", remedy=_REMEDY)


def logged_models(workspace: Workspace) -> list[str]:
    """Names that have a log, sorted."""
    return workspace.records.names(AliasChange)


def who_was(workspace: Workspace, alias: Alias, at: datetime, *, name: str) -> AliasChange:
    """The change that was in force at a moment.

    Args:
        at: aware time.

    Raises:
        NotFoundError: the alias pointed to nothing then; the message says since when it does.
        IntegrityError: the log was changed.
    """
    changes = [change for change in alias_chain(workspace, name).entries() if change.alias is alias]
    past = [change for change in changes if datetime.fromisoformat(change.at) <= at]
    if not past:
        since = f"It points to a version since {changes[0].at}." if changes else "It never did since the log is kept."
        raise NotFoundError(f"'{alias.value}' pointed to no version at that time", where=name, remedy=since)
    return past[-1]


def check_current(workspace: Workspace, name: str, alias: str, version: int) -> None:
    """Refuse an alias that was moved past this log, in the registry's own database.

    Not asked of a team's tracking server, where other workspaces move aliases too, nor of aliases older than the log.

    Raises:
        IntegrityError: the log's last entry names another version.
    """
    if workspace.settings.tracking_uri:
        return
    last = next((each for each in reversed(alias_chain(workspace, name).entries()) if each.alias.value == alias), None)
    if last is not None and last.version != version:
        raise IntegrityError(
            f"the alias '{alias}' was moved without `cauce model promote`", where=name, expected=f"version {last.version}",
            got=f"version {version}", remedy=f"Move it back, or run: cauce model promote {name}:{version} --to {alias}.",
        )


def moment(text: str) -> datetime:
    """`2026-03-01` (the end of that day, UTC) or an ISO 8601 time; without a zone it is UTC.

    Raises:
        InputError: neither.
    """
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise InputError("no date", where="--at", expected="2026-03-01 or 2026-03-01T14:00+01:00", got=text[:40]) from None
    if len(text) <= len("2026-03-01"):
        found = found.replace(hour=23, minute=59, second=59)
    return found if found.tzinfo else found.replace(tzinfo=UTC)
