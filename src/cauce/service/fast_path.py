"""The fast path: bytes in, result out, in one request. Reports are made after the answer, by the same process."""

import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor

from cauce.domain.record import Digest
from cauce.domain.result import Result
from cauce.service.desk import Desk
from cauce.service.intake import Part, parts_of, submission_of
from cauce.service.problems import busy
from cauce.service.quiet_log import LOG, place_of
from cauce.service.telemetry import Telemetry
from cauce.service.zip_intake import ZipLimits


class FastPath:
    """Answers studies at once, at most `limit` at a time."""

    def __init__(self, desk: Desk, *, limit: int, telemetry: Telemetry) -> None:
        self._desk, self._telemetry = desk, telemetry
        self._limit, self._in_work, self._lock = limit, 0, threading.Lock()
        self._renderer = ThreadPoolExecutor(max_workers=1, thread_name_prefix="render")
        self._renders: dict[Digest, Future[None]] = {}

    def enter(self) -> None:
        """Take one of the places for studies in work; call `leave` afterwards.

        Raises:
            BusyError: all are taken.
        """
        with self._lock:
            if self._in_work >= self._limit:
                raise busy()
            self._in_work += 1
            self._telemetry.in_work(self._in_work)

    def leave(self) -> None:
        """Give the place back."""
        with self._lock:
            self._in_work -= 1
            self._telemetry.in_work(self._in_work)

    def answer(self, bodies: list[bytes]) -> tuple[Digest, Result]:
        """Key and result of a study; a study that was answered before gets its stored result.

        Raises:
            InputError, ArchiveError, UnreadableImageError, TooLargeError: what was sent cannot be analysed.
        """
        arrived = time.monotonic()
        parts = parts_of(bodies, ZipLimits())
        key = submission_of(parts, model_digest=self._desk.studies.model_digest).key
        results = self._desk.results
        if results.has(key):
            result = results.get(key)
        else:
            result = self._desk.studies.analyse(parts)
            result = self._desk.deliver(key, result, latency_s=time.monotonic() - arrived)
        if not results.has_documents(key):
            self._render_soon(key, result, parts)
        self._telemetry.result(result.decision)
        return key, result

    def document(self, key: Digest, name: str) -> bytes:
        """A report or SR; waits for one that is being made.

        Raises:
            NotFoundError: no such result, or its documents were never made.
        """
        if (render := self._renders.get(key)) is not None:
            render.result()
        self._desk.results.get(key)
        return self._desk.results.document(key, name)

    def drain(self) -> None:
        """Finish the reports that were begun."""
        self._renderer.shutdown(wait=True)

    def _render_soon(self, key: Digest, result: Result, parts: tuple[Part, ...]) -> None:
        with self._lock:
            if key not in self._renders:
                self._renders[key] = self._renderer.submit(self._render, key, result, parts)

    def _render(self, key: Digest, result: Result, parts: tuple[Part, ...]) -> None:
        try:
            self._desk.results.add_documents(key, self._desk.studies.documents(result, parts))
        except Exception as error:  # the answer was given; who asks for the report is told to send the study again
            LOG.error("report of %s not made: %s", key[:12], place_of(error))
        finally:
            with self._lock:
                self._renders.pop(key, None)
