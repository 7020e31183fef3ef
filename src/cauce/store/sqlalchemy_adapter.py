"""The one place that knows SQLAlchemy's engines: a SQLite file in a workspace, or a team's PostgreSQL, by URL."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, MetaData, Row, Select, Table, create_engine, event, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.schema import CreateIndex, CreateTable

from cauce.domain.errors import ConfigurationError, InputError, MissingExtraError

_BUSY_TIMEOUT_MS = 30_000
_MAKING_TABLES = 0x6361756365  # number of an advisory lock of PostgreSQL: "cauce"


@dataclass(frozen=True)
class Database:
    """Tables of one MetaData in one database. Made on first use; processes may open it at the same moment."""

    engine: Engine

    @classmethod
    def open(cls, url: str, metadata: MetaData) -> "Database":
        """Connect, and make the tables that are missing.

        Raises:
            ConfigurationError: the URL is wrong or of another database than SQLite and PostgreSQL.
            InputError: the database cannot be reached, or the file is no database.
        """
        try:
            address = make_url(url)
            if address.drivername in ("postgresql", "postgres"):
                address = address.set(drivername="postgresql+psycopg")
            if address.get_backend_name() not in ("sqlite", "postgresql"):
                raise ArgumentError(address.get_backend_name())
            if address.get_backend_name() == "sqlite" and address.database:
                Path(address.database).parent.mkdir(parents=True, exist_ok=True)
            engine = create_engine(address)
        except (ArgumentError, NoSuchModuleError):
            raise ConfigurationError(
                "not a database that cauce knows", where="database_url", expected="sqlite:///FILE or postgresql://…",
                remedy="Correct it in cauce.toml or CAUCE_DATABASE_URL.",
            ) from None
        except ModuleNotFoundError:
            raise MissingExtraError("the PostgreSQL driver is not installed", remedy="pip install 'psycopg[binary]'") from None
        if engine.dialect.name == "sqlite":
            event.listen(engine, "connect", _prepare_sqlite)
        database = cls(engine)
        with database.transaction() as connection:
            if engine.dialect.name == "postgresql":  # IF NOT EXISTS alone fails when two processes come at the same moment
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MAKING_TABLES})
            for table in metadata.sorted_tables:
                connection.execute(CreateTable(table, if_not_exists=True))
                for index in sorted(table.indexes, key=lambda item: str(item.name)):
                    connection.execute(CreateIndex(index, if_not_exists=True))
        return database

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """All or nothing; committed when the block ends well."""
        try:
            with self.engine.begin() as connection:
                yield connection
        except SQLAlchemyError as error:
            # Only the class: messages of the driver repeat the values of the row.
            cause = type(error.orig).__name__ if isinstance(error, DatabaseError) else type(error).__name__
            raise InputError(
                f"the database cannot be used: {cause}", where=self.engine.url.render_as_string(hide_password=True),
                remedy="Check that it is reachable, that the file is a database, and that it can be written.",
            ) from None

    def insert_new(self, table: Table, rows: Sequence[Mapping[str, object]]) -> int:
        """Insert the rows whose primary key is not there yet; the number of rows inserted."""
        dialect = postgresql if self.engine.dialect.name == "postgresql" else sqlite
        # Without the option SQLAlchemy does not ask psycopg for the count of an INSERT, and gives -1.
        statement = dialect.insert(table).on_conflict_do_nothing().execution_options(preserve_rowcount=True)
        with self.transaction() as connection:
            return sum(connection.execute(statement, dict(row)).rowcount for row in rows)

    def rows(self, query: Select[Any]) -> list[Row[Any]]:
        """All rows of a query."""
        with self.transaction() as connection:
            return list(connection.execute(query))


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # WAL lets the page read while the service writes; FULL makes a committed row survive a power cut too.
    for pragma in (f"busy_timeout={_BUSY_TIMEOUT_MS}", "journal_mode=WAL", "synchronous=FULL"):
        connection.execute(f"PRAGMA {pragma}")
