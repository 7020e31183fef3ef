"""Measurements of one process for Prometheus. Nothing is sent anywhere: a scraper asks for them."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from cauce.domain.job import JobState
from cauce.domain.result import Decision

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


class Telemetry:
    """Counters of one application; each has its own registry, so that two can live in one process."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "cauce_requests_total", "Requests answered", ["route", "status"], registry=self._registry
        )
        self._seconds = Histogram(
            "cauce_request_seconds", "Time from request to answer", ["route"], buckets=_SECONDS, registry=self._registry
        )
        self._results = Counter(
            "cauce_results_total", "Studies answered on the fast path", ["decision"], registry=self._registry
        )
        self._in_work = Gauge("cauce_studies_in_work", "Studies on the fast path now", registry=self._registry)
        self._jobs = Gauge("cauce_jobs", "Jobs of the queue that are not finished", ["state"], registry=self._registry)
        self._workers = Gauge("cauce_workers", "Workers that gave a sign of life lately", registry=self._registry)

    def request(self, route: str, status: int, seconds: float) -> None:
        """A request was answered."""
        self._requests.labels(route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def result(self, decision: Decision) -> None:
        """A study was answered on the fast path."""
        self._results.labels(decision.value).inc()

    def in_work(self, studies: int) -> None:
        """Studies on the fast path now."""
        self._in_work.set(studies)

    def queue(self, counts: dict[JobState, int], *, workers: int) -> None:
        """How the queue stands."""
        for state, count in counts.items():
            self._jobs.labels(state.value).set(count)
        self._workers.set(workers)

    def text(self) -> bytes:
        """All measurements in Prometheus's text format."""
        return bytes(generate_latest(self._registry))
