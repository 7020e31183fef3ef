"""Source files → outcomes on all cores; a file that kills its process is quarantined, and no other is lost with it."""

import os
from collections import Counter, deque
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from itertools import islice
from multiprocessing import get_context
from pathlib import Path

from cauce.dataset.deidentify.instance import Passed, deidentify_bytes
from cauce.dataset.deidentify.journal import Outcome, item_of, stamp_of
from cauce.dataset.deidentify.policy import Policy
from cauce.dataset.deidentify.quarantine import Risk
from cauce.domain.record import sha256_hex
from cauce.store.atomic import write_bytes

MAXIMUM_FILE_BYTES = 1 << 30
UNFINISHED = ".unfinished"
"""Folder in the destination for files that are not yet known to be the only ones of their name."""

_CHUNK, _INLINE, _AHEAD = 16, 64, 4


@dataclass(frozen=True)
class Job:
    """What every file of a run has in common."""

    source: Path
    destination: Path
    policy: Policy
    key: bytes


def run_all(job: Job, names: list[str]) -> Iterator[list[Outcome]]:
    """Outcomes of `names`, in their order and in chunks; passed files lie under `UNFINISHED` by their item."""
    chunks = [names[at:at + _CHUNK] for at in range(0, len(names), _CHUNK)]
    workers = min(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1, 16)
    if len(names) <= _INLINE or workers == 1:
        yield from (run_chunk(job, chunk) for chunk in chunks)
    else:
        yield from _in_pool(job, chunks, workers)


def run_chunk(job: Job, names: list[str]) -> list[Outcome]:
    """De-identify files one after the other."""
    return [_run_one(job, name) for name in names]


def _run_one(job: Job, name: str) -> Outcome:
    item, path = item_of(name, job.key), job.source / name
    try:
        if path.stat().st_size > MAXIMUM_FILE_BYTES:
            return _quarantined(item, "", Risk("too-large", f"more than {MAXIMUM_FILE_BYTES} bytes"))
        data = path.read_bytes()
    except OSError as error:
        return _quarantined(item, "", Risk("unreadable", f"the file cannot be read ({type(error).__name__})"))
    made = deidentify_bytes(data, policy=job.policy, key=job.key)
    stamp = stamp_of(data, job.key)
    if not isinstance(made, Passed):
        return _quarantined(item, stamp, made)
    write_bytes(job.destination / UNFINISHED / item, made.data)
    return Outcome(item, stamp, "passed", made.name, sha256_hex(made.data), "", "", made.changes)


def _quarantined(item: str, stamp: str, risk: Risk) -> Outcome:
    return Outcome(item, stamp, "quarantined", "", "", risk.code, risk.reason, Counter())


def _in_pool(job: Job, chunks: list[list[str]], workers: int) -> Iterator[list[Outcome]]:
    """In the order of `chunks`, so that which of two equal instances comes first does not depend on the machine."""
    left = list(chunks)
    while left:
        done = 0
        with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
            try:
                for result in _ordered(pool, job, left, workers * _AHEAD):
                    done += 1
                    yield result
            except BrokenProcessPool:
                pass
            finally:
                pool.shutdown(wait=True, cancel_futures=True)
        left = left[done:]
        if left:
            yield [_alone(job, name) for name in left.pop(0)]


def _ordered(pool: ProcessPoolExecutor, job: Job, chunks: list[list[str]], ahead: int) -> Iterator[list[Outcome]]:
    """Results in order, with no more than `ahead` chunks under way."""
    waiting = iter(chunks)
    under_way = deque(pool.submit(run_chunk, job, chunk) for chunk in islice(waiting, ahead))
    while under_way:
        yield under_way.popleft().result()
        under_way.extend(pool.submit(run_chunk, job, chunk) for chunk in islice(waiting, 1))


def _alone(job: Job, name: str) -> Outcome:
    """One file in a process of its own."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        try:
            return pool.submit(run_chunk, job, [name]).result()[0]
        except BrokenProcessPool:
            return _quarantined(item_of(name, job.key), "", Risk("decoder-crash", "the process that read it died"))
