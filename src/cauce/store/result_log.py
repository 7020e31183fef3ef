"""The log of results that monitoring reads: one row for each study, without patient identifiers or UIDs."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import BigInteger, Column, Float, Index, Integer, MetaData, Row, String, Table, Text, func, select

from cauce.domain.record import canonical_json, sha256_hex
from cauce.domain.result import Decision, Result
from cauce.store.reference_distribution import acquisition_tags, image_descriptors
from cauce.store.sqlalchemy_adapter import Database

_METADATA = MetaData()
_RESULTS = Table(
    "monitor_results",
    _METADATA,
    Column("id", String(64), primary_key=True),
    Column("at_us", BigInteger, nullable=False),  # microseconds since 1970 UTC: sorts, and knows no daylight saving
    Column("month", String(7), nullable=False),  # "2026-11", for partitions and retention
    Column("site", Text, nullable=False),
    Column("model_name", Text, nullable=False),
    Column("model_version", Integer),
    Column("model_digest", String(64), nullable=False),
    Column("patient", String(16), nullable=False),
    Column("decision", String(16), nullable=False),
    Column("refusal", Text, nullable=False),
    Column("probability", Float),
    Column("latency_s", Float),
    Column("acquisition", Text, nullable=False),  # JSON: tag → text
    Column("image", Text, nullable=False),  # JSON: descriptor → number; "{}" where the pixels were not measured
)
Index("monitor_results_by_model_and_time", _RESULTS.c.model_digest, _RESULTS.c.at_us)
Index("monitor_results_by_name_and_time", _RESULTS.c.model_name, _RESULTS.c.at_us)


@dataclass(frozen=True)
class LoggedResult:
    """One study as monitoring sees it.

    Attributes:
        id: digest of the model and of the study's files; no UID can be read from it.
        at: when the result was made, UTC.
        patient: pseudonym of the PatientKey, only for telling studies of one patient apart from those of others.
        refusal: code of the refusal, empty for an analysed study.
        probability: None for a refused study.
        acquisition: tag → text of the instance that decided the study.
        image: descriptor → number of that instance; empty where its pixels were not measured.
    """

    id: str
    at: datetime
    site: str
    model_name: str
    model_version: int | None
    model_digest: str
    patient: str
    decision: Decision
    refusal: str
    probability: float | None
    latency_s: float | None
    acquisition: dict[str, str]
    image: dict[str, float]


class ResultLog:
    """Append results, read windows. SQLite file or PostgreSQL, by URL (`Workspace.monitor_url`)."""

    def __init__(self, url: str) -> None:
        self._database = Database.open(url, _METADATA)

    def append(
        self, result: Result, *, at: datetime | None = None, latency_s: float | None = None, site: str = ""
    ) -> str:
        """Log one study's result and return its id. The same files through the same model are one row, however often sent.

        Args:
            at: when the result was made, with a time zone; now by default.
            latency_s: from the arrival of the study to its result.
            site: where the service runs.
        """
        row = _row(result, at or datetime.now(UTC))
        self._database.insert_new(_RESULTS, [{**row, "latency_s": latency_s, "site": site}])
        return str(row["id"])

    def window(
        self, model_digest: str, *, last: int | None = None, since: datetime | None = None, until: datetime | None = None
    ) -> list[LoggedResult]:
        """Results of one model, oldest first: the last `last` studies of those from `since` up to, not including, `until`."""
        query = select(_RESULTS).where(_RESULTS.c.model_digest == model_digest)
        if since is not None:
            query = query.where(_RESULTS.c.at_us >= _microseconds(since))
        if until is not None:
            query = query.where(_RESULTS.c.at_us < _microseconds(until))
        query = query.order_by(_RESULTS.c.at_us.desc(), _RESULTS.c.id.desc())
        if last is not None:
            query = query.limit(last)
        return [_logged(row) for row in reversed(self._database.rows(query))]

    def counts(self) -> list[tuple[str, str, int]]:
        """(model name, model digest, number of studies) of every model in the log, by name."""
        name, digest = _RESULTS.c.model_name, _RESULTS.c.model_digest
        query = select(name, digest, func.count().label("n")).group_by(name, digest).order_by(name, digest)
        return [(str(row.model_name), str(row.model_digest), int(row.n)) for row in self._database.rows(query)]


def _row(result: Result, at: datetime) -> dict[str, object]:
    lead = result.leading()
    made_by = lead.provenance
    files: Sequence[str] = sorted(item.provenance.input_sha256 for item in result.instances)
    return {
        "id": sha256_hex(canonical_json(["cauce result", made_by.model_digest, *files])),
        "at_us": _microseconds(at),
        "month": at.astimezone(UTC).strftime("%Y-%m"),
        "model_name": made_by.model_name,
        "model_version": made_by.model_version,
        "model_digest": made_by.model_digest,
        # Hashed once more, so that a row cannot be joined with tables that hold PatientKeys by looking at both.
        "patient": sha256_hex(canonical_json(["cauce monitor", made_by.model_name, result.patient_key]))[:16],
        "decision": result.decision.value,
        "refusal": lead.refusal.code if lead.refusal else "",
        "probability": result.probability,
        "acquisition": json.dumps(acquisition_tags(lead.acquisition), ensure_ascii=False),
        "image": json.dumps(image_descriptors(lead.statistics) if lead.statistics else {}, allow_nan=False),
    }


def _logged(row: Row[tuple[object, ...]]) -> LoggedResult:
    fields = row._asdict()
    fields.pop("month")
    fields["at"] = datetime.fromtimestamp(fields.pop("at_us") / 1e6, UTC)
    fields["decision"] = Decision(fields["decision"])
    for name in ("acquisition", "image"):
        fields[name] = json.loads(fields[name])
    return LoggedResult(**fields)


def _microseconds(moment: datetime) -> int:
    if moment.tzinfo is None:
        raise ValueError("a time without a time zone cannot be ordered; use UTC")
    return int(moment.timestamp() * 1_000_000)
