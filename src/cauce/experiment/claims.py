"""Who trains which fold: rows in a database that several processes, or machines, share.

A claim lasts half a minute and is renewed by a thread while its holder lives; the claim of a dead process is taken over. Times
are those of the database's clock, so that the clocks of machines need not agree.
"""

import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import uuid4

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    MetaData,
    String,
    Table,
    and_,
    delete,
    select,
    text,
    update,
)

from cauce.domain.errors import BusyError, CauceError
from cauce.store.sqlalchemy_adapter import Database
from cauce.store.workspace import Workspace

LASTS_MS = 30_000
RENEWED_S = 5.0
_REST_MS = 120_000  # of a finished fold: network file systems may take that long to show its record to everybody

_METADATA = MetaData()
_CLAIMS = Table(
    "search_claims", _METADATA,
    Column("workspace", String(40), primary_key=True), Column("key", String(200), primary_key=True),
    Column("holder", String(200), nullable=False), Column("expires_ms", BigInteger, nullable=False),
)
_AGREED = Table(
    "search_agreed", _METADATA,
    Column("workspace", String(40), primary_key=True), Column("key", String(200), primary_key=True),
    Column("value", String(200), nullable=False),
)


class Claims:
    """Claims of one process on the folds of one workspace."""

    def __init__(self, database: Database, workspace_id: str) -> None:
        self._database, self._workspace = database, workspace_id
        self._me = f"{_process_space()}:{os.getpid()}:{uuid4().hex[:8]}"
        self._held: set[str] = set()
        self._lost: set[str] = set()
        self._lock = threading.Lock()

    def take(self, key: str) -> bool:
        """Claim `key`; False while another process holds it. Who gets it looks again whether the work is still to be done."""
        with self._database.transaction() as connection:
            expires = _clock(connection) + LASTS_MS
        mine = {"workspace": self._workspace, "key": key, "holder": self._me, "expires_ms": expires}
        if self._database.insert_new(_CLAIMS, [mine]) or self._take_over(key):
            with self._lock:
                self._held.add(key)
            return True
        return False

    def release(self, key: str, *, finished: bool = False) -> None:
        """Give a claim back; what is finished is not claimed again for two minutes, when everybody can see its record."""
        with self._lock:
            self._held.discard(key)
        with self._database.transaction() as connection:
            if finished:
                rests = _clock(connection) + _REST_MS
                connection.execute(update(_CLAIMS).where(self._my(key)).values(holder="", expires_ms=rests))
            else:
                connection.execute(delete(_CLAIMS).where(self._my(key)))

    def require(self, key: str) -> None:
        """Make sure that a claim still stands.

        Raises:
            BusyError: this process stood still so long that another one took the work over.
        """
        if key in self._lost:
            raise BusyError(
                "this process stood still, and another took its training over", where="search",
                remedy="Start the same command again: it joins the search.",
            )

    def agree(self, key: str, value: Callable[[], str]) -> str:
        """The value that all processes use for `key`: the first one given."""
        found = self._agreed(key)
        if found is None:
            self._database.insert_new(_AGREED, [{"workspace": self._workspace, "key": key, "value": value()}])
            found = self._agreed(key)
        return found or ""

    @contextmanager
    def alone(self, key: str) -> Iterator[None]:
        """Wait until no other process is in the block of this name."""
        while not self.take(key):
            time.sleep(0.1)
        try:
            yield
        finally:
            self.release(key)

    def renew(self) -> None:
        """Tell the database that this process lives, and notice claims that were taken over."""
        with self._database.transaction() as connection:
            mine = and_(_CLAIMS.c.workspace == self._workspace, _CLAIMS.c.holder == self._me)
            with self._lock:
                held = set(self._held)
            connection.execute(update(_CLAIMS).where(mine).values(expires_ms=_clock(connection) + LASTS_MS))
            kept = {row.key for row in connection.execute(select(_CLAIMS.c.key).where(mine))}
        with self._lock:
            self._lost |= (held & self._held) - kept

    def release_all(self) -> None:
        """Give every claim back."""
        with self._database.transaction() as connection:
            connection.execute(
                delete(_CLAIMS).where(and_(_CLAIMS.c.workspace == self._workspace, _CLAIMS.c.holder == self._me))
            )

    def _take_over(self, key: str) -> bool:
        """Take a claim that has run out, or whose holder is dead; of several processes that try, one gets it."""
        here = and_(_CLAIMS.c.workspace == self._workspace, _CLAIMS.c.key == key)
        with self._database.transaction() as connection:
            now = _clock(connection)
            found = connection.execute(select(_CLAIMS.c.holder, _CLAIMS.c.expires_ms).where(here)).one_or_none()
        if found is None or not (found.expires_ms < now or _is_dead(found.holder)):
            return False
        unchanged = and_(here, _CLAIMS.c.holder == found.holder, _CLAIMS.c.expires_ms == found.expires_ms)
        with self._database.transaction() as connection:
            taken = connection.execute(update(_CLAIMS).where(unchanged).values(holder=self._me, expires_ms=now + LASTS_MS))
            return taken.rowcount == 1

    def _my(self, key: str) -> ColumnElement[bool]:
        return and_(_CLAIMS.c.workspace == self._workspace, _CLAIMS.c.key == key, _CLAIMS.c.holder == self._me)

    def _agreed(self, key: str) -> str | None:
        query = select(_AGREED.c.value).where(and_(_AGREED.c.workspace == self._workspace, _AGREED.c.key == key))
        rows = self._database.rows(query)
        return str(rows[0].value) if rows else None


@contextmanager
def open_claims(workspace: Workspace) -> Iterator[Claims]:
    """Claims in the workspace's database, renewed until the block ends; then they are given back."""
    claims = Claims(Database.open(workspace.search_url, _METADATA), _workspace_id(workspace))
    over = threading.Event()
    thread = threading.Thread(target=_renew, args=(claims, over), name="cauce-claims", daemon=True)
    thread.start()
    try:
        yield claims
    finally:
        over.set()
        thread.join()
        claims.release_all()


def _renew(claims: Claims, over: threading.Event) -> None:
    while not over.wait(RENEWED_S):
        try:
            claims.renew()
        except CauceError:  # the database may be away for a moment; a claim that is lost meanwhile is noticed afterwards
            continue


def _workspace_id(workspace: Workspace) -> str:
    """Tells workspaces apart that share a database: a file, since one folder may be reached by several paths."""
    path = workspace.root / "workspace.id"
    if not path.exists():
        fresh = path.with_name(f".{uuid4().hex}")
        fresh.write_text(uuid4().hex, encoding="utf-8")
        with suppress(FileExistsError):
            path.hardlink_to(fresh)  # unlike a rename, it fails where another process was first
        fresh.unlink()
    return path.read_text(encoding="utf-8")


def _clock(connection: Connection) -> int:
    """Milliseconds; of the server where there is one."""
    if connection.dialect.name == "postgresql":
        return int(connection.execute(text("SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint")).scalar_one())
    return int(time.time() * 1000)


def _process_space() -> str:
    """Within which a process number means one process: host, boot, and container."""
    boot, container = Path("/proc/sys/kernel/random/boot_id"), Path("/proc/self/ns/pid")
    if not (boot.exists() and container.exists()):
        return socket.gethostname()
    return f"{socket.gethostname()}/{boot.read_text(encoding='utf-8')[:8]}/{container.stat().st_ino}"


def _is_dead(holder: str) -> bool:
    """Whether a holder was a process of this machine that is gone; one that cannot be asked counts as alive."""
    space, _, rest = holder.partition(":")
    if os.name != "posix" or space != _process_space():
        return False
    try:
        os.kill(int(rest.partition(":")[0]), 0)  # sends nothing
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False
