"""Read many files on all cores; what was read once is kept in a journal and not read again."""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path

from cauce.dataset.journal import Journal
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


def read_one(root: Path, name: str, key: bytes | None) -> FileRead:
    """Read one file; whatever is wrong with it becomes its reason."""
    return reason_of_failure(name, lambda: _of_loaded(load_file(root / name, name, key=key)))


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
    for results in _run(root, pending, key, reader):
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


def _run(root: Path, names: Sequence[str], key: bytes | None, reader: Reader) -> Iterator[list[FileRead]]:
    tasks = [_Task(root, tuple(names[at:at + reader.chunk]), key, reader) for at in range(0, len(names), reader.chunk)]
    workers = min(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1, 16)
    if len(tasks) <= _INLINE_CHUNKS or workers == 1:
        yield from (_read_chunk(task) for task in tasks)
        return
    lost: list[_Task] = []
    for task, results in _in_pool(tasks, workers):
        if results is None:
            lost.append(task)
        else:
            yield results
    yield from (_alone(replace(task, names=(name,))) for task in lost for name in task.names)


def _in_pool(tasks: list[_Task], workers: int) -> Iterator[tuple[_Task, list[FileRead] | None]]:
    """Results by task; None for tasks that were lost with a process that died."""
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        futures = {pool.submit(_read_chunk, task): task for task in tasks}
        try:
            for future in as_completed(futures):
                try:
                    yield futures[future], future.result()
                except BrokenProcessPool:
                    yield futures[future], None
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _alone(task: _Task) -> list[FileRead]:
    """Read one file in a process of its own; a file that kills it is excluded by name."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        try:
            return pool.submit(_read_chunk, task).result()
        except BrokenProcessPool:
            return [FileRead(task.names[0], code="decoder-crash", reason="the process that decoded it died")]
