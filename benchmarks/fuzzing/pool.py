"""Processes that read damaged files, one at a time each; what dies or hangs is named and replaced."""

import multiprocessing
import os
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from time import monotonic, process_time

from fuzzing.mutations import mutate, read_originals

MEMORY_LIMIT_MB = 512
TIME_LIMIT_S = 5.0
_STARVED_S = 120.0  # wall-clock limit when other work takes the processor away


@dataclass(frozen=True)
class Outcome:
    """What became of one damaged file.

    Attributes:
        verdict: `read`, `refused`, `unexpected` (an error that is not cauce's), `crash`, `hang` or `memory`.
        detail: error code, or where the unexpected error came from.
        cpu_s: processor time that the file took.
        peak_mb: largest resident memory of the whole process while it did.
    """

    case: int
    name: str
    verdict: str
    detail: str
    cpu_s: float
    peak_mb: float


def run(folder: Path, cases: range, *, seed: int, workers: int) -> Iterator[Outcome]:
    """Read `cases` of the damaged files of `folder` in `workers` processes; outcomes come as they are ready."""
    names, _ = read_originals(folder)
    waiting = iter(cases)
    pool = [_Worker(folder, seed) for _ in range(workers)]
    try:
        busy = [worker for worker in pool if worker.give(next(waiting, None))]
        while busy:
            wait([worker.pipe for worker in busy], timeout=0.5)
            for worker in list(busy):
                outcome = worker.outcome(names)
                if outcome is None:
                    continue
                yield outcome
                if not worker.give(next(waiting, None)):
                    busy.remove(worker)
    finally:
        for worker in pool:
            worker.stop()


class _Worker:
    """A process and the case that it has."""

    def __init__(self, folder: Path, seed: int) -> None:
        self._folder, self._seed = folder, seed
        self._case, self._since, self._cpu_before = -1, 0.0, 0.0
        self._start()

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self._process: BaseProcess = context.Process(target=_serve, args=(theirs, str(self._folder), self._seed), daemon=True)
        self._process.start()
        theirs.close()
        self.pipe.recv()

    def give(self, case: int | None) -> bool:
        if case is None:
            return False
        self._case, self._since, self._cpu_before = case, monotonic(), _cpu_s(self._process.pid)
        self.pipe.send(case)
        return True

    def outcome(self, names: list[str]) -> Outcome | None:
        """The outcome of the case in hand; None while it runs within its limits."""
        name = names[self._case % len(names)]
        if self.pipe.poll():
            try:
                verdict, detail, cpu_s, peak_mb = self.pipe.recv()
            except EOFError:
                self._process.join()
                return self._replace(Outcome(self._case, name, "crash", f"exit code {self._process.exitcode}", 0.0, 0.0))
            if peak_mb > MEMORY_LIMIT_MB:
                return self._replace(Outcome(self._case, name, "memory", f"{verdict} {detail}", cpu_s, peak_mb))
            if cpu_s > TIME_LIMIT_S:
                return Outcome(self._case, name, "hang", f"{verdict} {detail}", cpu_s, peak_mb)
            return Outcome(self._case, name, verdict, detail, cpu_s, peak_mb)
        used = _cpu_s(self._process.pid) - self._cpu_before
        if used > TIME_LIMIT_S or monotonic() - self._since > _STARVED_S:
            return self._replace(Outcome(self._case, name, "hang", "killed", used, 0.0))
        return None

    def _replace(self, outcome: Outcome) -> Outcome:
        self.stop()
        self._start()
        return outcome

    def stop(self) -> None:
        self._process.kill()
        self._process.join()
        self.pipe.close()


def _serve(pipe: Connection, folder: str, seed: int) -> None:
    from cauce.predictor.source import load_bytes

    names, originals = read_originals(Path(folder))
    _read(load_bytes, originals[0], names[0])  # imports and first-use tables are not a file's cost
    pipe.send("ready")
    while True:
        case = pipe.recv()
        data = mutate(originals, seed=seed, case=case)
        _forget_peak()
        started = process_time()
        verdict, detail = _read(load_bytes, data, "case")
        pipe.send((verdict, detail, process_time() - started, _peak_mb()))


def _read(load_bytes, data: bytes, name: str) -> tuple[str, str]:  # type: ignore[no-untyped-def]
    import numpy as np

    from cauce.domain.errors import CauceError

    try:
        loaded = load_bytes(data, name, key=None)
    except CauceError as error:
        return "refused", f"{error.code}: {error.what}"
    except MemoryError:
        return "memory", "MemoryError"
    except Exception as error:
        frame = traceback.extract_tb(error.__traceback__)[-1]
        return "unexpected", f"{type(error).__name__} in {Path(frame.filename).name}:{frame.lineno} {frame.name}"
    pixels = loaded.image.pixels
    if not (np.isfinite(pixels).all() and float(pixels.min()) >= 0 and float(pixels.max()) <= 1):
        return "unexpected", "pixels outside 0 to 1"
    return "read", "ok"


def _forget_peak() -> None:
    """Start the peak of this process anew (Linux)."""
    Path("/proc/self/clear_refs").write_text("5")


def _peak_mb() -> float:
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def _cpu_s(pid: int | None) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
