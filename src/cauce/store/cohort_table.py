"""The rows of a cohort: one Parquet file by digest, one row for each instance."""

import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cauce.domain.cohort import Cohort
from cauce.domain.errors import MissingExtraError
from cauce.domain.record import Digest
from cauce.domain.study import Acquisition, InstanceRow, PixelStatistics
from cauce.store.workspace import Workspace

if TYPE_CHECKING:
    import pyarrow as pa

_LISTS = ("labels", "files", "channels", "readings", "agreement")
_RICH = ("volume", "files", "channels", "readings", "agreement")  # rows that hold none of these are written and read by column
_BATCH = 65_536
_NESTED = ("acquisition", "statistics")


def write_rows(workspace: Workspace, rows: Sequence[InstanceRow]) -> Digest:
    """Store rows, in the order given, and return the digest of their table.

    Raises:
        MissingExtraError: pyarrow is not installed.
    """
    _need_pyarrow()
    import pyarrow as pa
    import pyarrow.parquet as pq

    if any(getattr(row, name) for row in rows for name in _RICH):
        table = pa.Table.from_pylist([_to_plain(row) for row in rows], schema=_schema())
    else:
        table = pa.table([_column(rows, field) for field in _schema()], schema=_schema())
    stream = io.BytesIO()
    pq.write_table(table, stream, compression="zstd", use_dictionary=True)
    return workspace.arrays.put_bytes(stream.getvalue())


def read_rows(workspace: Workspace, cohort: Cohort) -> list[InstanceRow]:
    """All rows of a cohort, sorted by path.

    Raises:
        NotFoundError, IntegrityError: the table is missing or was changed.
        MissingExtraError: pyarrow is not installed.
    """
    table = _read(workspace.arrays.path(cohort.table_sha256))
    if any(table.column(name).null_count < len(table) for name in _RICH if name in table.column_names):
        return [InstanceRow.model_validate(_from_arrow(row)) for row in table.to_pylist()]
    return [row for batch in table.to_batches(max_chunksize=_BATCH) for row in _rows_of(batch)]


def read_columns(workspace: Workspace, cohort: Cohort, columns: Sequence[str]) -> dict[str, list[Any]]:
    """Some columns of a cohort's table, in the order of its rows; `acquisition.vendor` names a nested one.

    Raises: as `read_rows`.
    """
    table = _read(workspace.arrays.path(cohort.table_sha256), list(columns))
    return {name: table.column(place).to_pylist() for place, name in enumerate(columns)}


def read_arrow(workspace: Workspace, cohort: Cohort) -> "pa.Table":
    """The whole table as it is stored, for counting by column.

    Raises: as `read_rows`.
    """
    return _read(workspace.arrays.path(cohort.table_sha256))


def _read(path: Path, columns: list[str] | None = None) -> "pa.Table":
    _need_pyarrow()
    import pyarrow.parquet as pq

    return pq.read_table(path, columns=columns)


def _need_pyarrow() -> None:
    try:
        import pyarrow  # noqa: F401
    except ImportError:
        raise MissingExtraError("pyarrow is not installed", where="cohort table", remedy="pip install 'cauce[train]'") from None


def _to_plain(row: InstanceRow) -> dict[str, Any]:
    plain = row.model_dump(mode="json")
    plain["acquisition"]["tags"] = sorted(plain["acquisition"]["tags"].items())
    for name in _LISTS:
        plain[name] = plain[name] or None  # null says that the whole column holds nothing
    return plain


def _from_arrow(row: dict[str, Any]) -> dict[str, Any]:
    row["acquisition"]["tags"] = dict(row["acquisition"]["tags"] or ())
    for name in _LISTS:
        if row.get(name) is None:  # empty, or an older table
            row.pop(name, None)
    return row
def _column(rows: Sequence[InstanceRow], field: "pa.Field") -> "pa.Array":
    import pyarrow as pa

    values = [getattr(row, field.name) for row in rows]
    if field.name in _NESTED:
        # Rows of a table without images share a few acquisitions: each is written out once.
        plain = {id(value): _plain(value) for value in values}
        return pa.array([plain[id(value)] for value in values], type=field.type)
    if field.name in _LISTS:
        return pa.array([list(value) or None for value in values], type=field.type)
    return pa.array(values, type=field.type)


def _plain(value: Acquisition | PixelStatistics | None) -> dict[str, Any] | None:
    if value is None:
        return None
    plain = value.model_dump(mode="json")
    if isinstance(value, Acquisition):
        plain["tags"] = sorted(plain["tags"].items())
    return plain


def _rows_of(batch: "pa.RecordBatch") -> Iterator[InstanceRow]:
    """Rows without validation: they were valid when written, and the digest says that they are what was written."""
    names = batch.schema.names
    columns = {name: batch.column(place) for place, name in enumerate(names)}
    values = [_acquisitions(columns[name]) if name == "acquisition" else columns[name].to_pylist() for name in names]
    fields = set(names)
    for content in zip(*values, strict=True):
        row = dict(zip(names, content, strict=True))
        for name in _LISTS:
            row[name] = tuple(row.get(name) or ())
        if row["statistics"] is not None:
            row["statistics"] = PixelStatistics.model_construct(**row["statistics"])
        yield InstanceRow.model_construct(_fields_set=fields, **row)


def _acquisitions(column: "pa.StructArray") -> list[Acquisition]:
    """Equal acquisitions are one object."""
    names = [field.name for field in column.type]
    known: dict[str, Acquisition] = {}
    found = []
    for values in zip(*(column.field(name).to_pylist() for name in names), strict=True):
        key = repr(values)
        if key not in known:
            content = dict(zip(names, values, strict=True))
            content["tags"] = dict(content["tags"] or ())
            known[key] = Acquisition.model_validate(content)
        found.append(known[key])
    return found


def _schema() -> "pa.Schema":
    import pyarrow as pa

    special = {
        "age_years": pa.float64(), "bits_stored": pa.int32(), "pixel_spacing_mm": pa.list_(pa.float64()),
        "tags": pa.map_(pa.string(), pa.string()),
    }
    whole = {"study_day": pa.int32(), "rows": pa.int32(), "columns": pa.int32(), "labels": pa.list_(pa.string())}
    nested = {
        "acquisition": pa.struct([(name, special.get(name, pa.string())) for name in Acquisition.model_fields]),
        "statistics": pa.struct([(name, pa.float64()) for name in PixelStatistics.model_fields]),
    }
    special = {**nested, **whole, **_reference_types()}
    return pa.schema([(name, special.get(name, pa.string())) for name in InstanceRow.model_fields])


def _reference_types() -> dict[str, "pa.DataType"]:
    """Columns of volumes, and of readings, which are kept apart by reader."""
    import pyarrow as pa

    text, number, several = pa.string(), pa.float64(), pa.list_(pa.string())
    box = pa.struct([("name", text), *((edge, number) for edge in ("x_min", "y_min", "x_max", "y_max"))])
    point = pa.struct([("name", text), ("x", number), ("y", number), ("z", number)])
    mask = pa.struct([*((name, text) for name in ("path", "file_sha256", "array_sha256")), ("files", several)])
    reading = pa.struct([
        ("reader", text), ("label", text), ("labels", several), ("number", number), ("boxes", pa.list_(box)),
        ("mask", mask), ("points", pa.list_(point)),
        ("outcome", pa.struct([("time", number), ("event", pa.bool_())])),
    ])
    volume = pa.struct([
        ("shape", pa.list_(pa.int32())),
        *((name, pa.list_(number)) for name in ("spacing_mm", "origin_mm", "direction")),
    ])
    agreement = pa.struct([*((name, text) for name in ("first", "second", "name")), ("dice", number)])
    channel = pa.struct([("name", text), ("path", text), ("file_sha256", text)])
    return {
        "labels": several, "files": several, "volume": volume, "channels": pa.list_(channel), "readings": pa.list_(reading),
        "agreement": pa.list_(agreement),
    }
