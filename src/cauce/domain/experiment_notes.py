"""What people write beside an experiment log."""

from pydantic import Field

from cauce.domain.record import Name, Record


class Note(Record):
    """A sentence of a person.

    Attributes:
        text: one line, without patient data.
        at: when it was written, or last changed; ISO 8601, UTC.
        trial: number of the configuration in the log, from 1; None for the whole search.
    """

    text: str = Field(min_length=1, max_length=2000)
    at: str
    trial: int | None = Field(default=None, ge=1)


class ExperimentNotes(Record):
    """All notes of a search. An edit makes a new record; the earlier ones stay in the store's history."""

    name: Name
    notes: tuple[Note, ...]
