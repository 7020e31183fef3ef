"""Read many files on all cores; what was read once is kept in a journal and not read again."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from cauce.dataset.journal import Journal
from cauce.dataset.pool import run_chunks
from cauce.dataset.thumbnail import THUMBNAIL, pixel_sha256, shrink
from cauce.domain.errors import CauceError
from cauce.domain.progress import Progress
from cauce.domain.study import InstanceRow
from cauce.predictor.source import LoadedInstance, load_file

_INLINE_CHUNKS = 8  # no more than so many are read here: starting processes would take longer


@dataclass(frozen=True)
class FileRead:
    """What one file gave: a row, or the reason why it gives none.

    Attributes:
        row: without label; its patient is the file's own.
        patient_known: the file itself names its patient.
        slices: 1 for a single image.
        thumbnail: uint8 bytes of `THUMBNAIL` × `THUMBNAIL` pixels.
        code, reason: why there is no row.
    """

    name: str
    row: InstanceRow | None = None
    patient_known: bool = False
    slices: int = 1
    thumbnail: bytes = b""
    code: str = ""
    reason: str = ""


def read_one(root: Path, name: str, key: bytes | None, frame: int | None = None) -> FileRead:
    """Read one file, or one frame of it; whatever is wrong with it becomes its reason."""
    return reason_of_failure(name, lambda: _of_loaded(load_file(root / name, name, key=key, frame=frame)))


def lost_read(name: str) -> FileRead:
    """The outcome of a file that kills the process that reads it."""
    return FileRead(name, code="decoder-crash", reason="the process that decoded it died")


def reason_of_failure(name: str, read: Callable[[], FileRead]) -> FileRead:
    """What `read` gives, or the reason why it gives nothing."""
    try:
        return read()
    except CauceError as error:
        return FileRead(name, code=error.code, reason=error.line().removeprefix(name).lstrip(":, "))
    except Exception as error:  # one file of half a million must not end the run; it is listed with its reason
        return FileRead(name, code="unexpected", reason=f"unexpected {type(error).__name__} while reading")


@dataclass(frozen=True)
class Reader:
    """How to read one name, in any process.

    Attributes:
        read: root, name, key → result; never raises.
        chunk: names of one task: a lost process costs so many.
    """

    read: Callable[[Path, str, bytes | None], FileRead] = read_one
    chunk: int = 32


_IMAGES = Reader()


@dataclass(frozen=True)
class _Task:
    root: Path
    names: tuple[str, ...]
    key: bytes | None
    reader: Reader


def read_files(
    root: Path, names: Sequence[str], *, key: bytes | None, journal: Journal, progress: Progress, reader: Reader = _IMAGES
) -> list[FileRead]:
    """Read the files `names` below `root`, in the order of `names`; those in the journal and unchanged are not read again."""
    known = {name: FileRead(**fields) for name, fields in journal.known(root, names).items()}
    pending = [name for name in names if name not in known]
    done = len(names) - len(pending)
    progress("read images", done, len(names))
    tasks = [_Task(root, tuple(pending[at:at + reader.chunk]), key, reader) for at in range(0, len(pending), reader.chunk)]
    for results in run_chunks(_read_chunk, tasks, split=_singles, lost=_lost, inline=len(tasks) <= _INLINE_CHUNKS):
        journal.add(root, results)
        known.update({result.name: result for result in results})
        done += len(results)
        progress("read images", done, len(names))
    return [known[name] for name in names]


def _of_loaded(loaded: LoadedInstance) -> FileRead:
    pixels = loaded.image.pixels
    single = pixels if pixels.ndim == 2 else pixels[pixels.shape[0] // 2]
    row = InstanceRow(
        path=loaded.name, file_sha256=loaded.file_sha256, pixel_sha256=pixel_sha256(pixels), patient_key=loaded.patient_key,
        study_instance_uid=loaded.study_instance_uid, series_instance_uid=loaded.series_instance_uid,
        sop_instance_uid=loaded.sop_instance_uid, study_day=loaded.study_day, rows=loaded.image.rows,
        columns=loaded.image.columns, acquisition=loaded.acquisition, statistics=loaded.statistics, label=None,
    )
    slices = 1 if pixels.ndim == 2 else int(pixels.shape[0])
    return FileRead(loaded.name, row, loaded.patient_known, slices, shrink(single, THUMBNAIL).tobytes())


def _read_chunk(task: _Task) -> list[FileRead]:
    return [task.reader.read(task.root, name, task.key) for name in task.names]


def _singles(task: _Task) -> list[_Task]:
    return [replace(task, names=(name,)) for name in task.names]


def _lost(task: _Task) -> FileRead:
    return lost_read(task.names[0])
