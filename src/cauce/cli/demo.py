"""`cauce demo`: the whole river on digital patients, from a folder of DICOM radiographs to an alert."""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cauce.cli.examples import DEMO, find_example
from cauce.cli.options import DEFAULT_WORKSPACE, JsonOption, WorkspaceOption
from cauce.cli.output import command, emit
from cauce.cli.run_example import RiverRun, run_example, summary_of, text_of
from cauce.cli.served import served
from cauce.domain.errors import CauceError
from cauce.domain.monitoring import MonitoringPolicy
from cauce.domain.progress import Progress
from cauce.phantom.vendor import UNSEEN_VENDOR, Vendor
from cauce.store.atomic import write_bytes
from cauce.store.settings import Language
from cauce.store.workspace import Workspace

if TYPE_CHECKING:
    from cauce.monitor.check import Check
    from cauce.service.client import Sent

_FAST, _QUEUED = 50, 10  # studies of each window on the fast path and on the queue
_SEED = 2024
_ROWS = 512
_FIRST_PATIENT = 1_000_000


def demo(workspace: WorkspaceOption = DEFAULT_WORKSPACE, as_json: JsonOption = False) -> None:
    """Run all six stages on digital patients: train, evaluate, release, serve 120 studies, notice a new vendor."""
    with command(as_json=as_json) as progress:
        started = time.monotonic()
        place = Workspace.open(workspace)
        river = run_example(place, find_example(DEMO), data_root=None, progress=progress)
        with served(_release_of(river), place.root) as url:
            same = _send_window(place, river, url, _Population("same population", None), progress)
            other = _send_window(place, river, url, _Population("unseen vendor", (UNSEEN_VENDOR,)), progress)
        document = {
            **summary_of(river), "windows": [same.summary(), other.summary()],
            "seconds": round(time.monotonic() - started, 1),
        }
        target = place.root / "summary.json"
        write_bytes(target, json.dumps(document, indent=1, ensure_ascii=False).encode("utf-8"))
        emit(document, _text(river, (same, other), target), as_json=as_json)


@dataclass(frozen=True)
class _Population:
    title: str
    vendors: Sequence[Vendor] | None


@dataclass(frozen=True)
class Window:
    """Studies of one population that were sent to the service, and what monitoring said of them.

    Attributes:
        seconds: from the first study sent to the last result.
        documents: reports in each language, and structured report, of the study with the highest probability.
    """

    title: str
    studies: int
    seconds: float
    check: "Check"
    documents: tuple[Path, ...]

    def summary(self) -> dict[str, Any]:
        """The figures of `summary.json`."""
        report, alert = self.check.report, self.check.alert
        return {
            "title": self.title, "studies": self.studies, "seconds": round(self.seconds, 1), "status": report.status.value,
            "alert": alert.cause if alert else None, "drifted": [test.variable for test in report.tests if test.drifted],
            "report": str(self.check.page), "documents": [str(path) for path in self.documents],
        }


def _release_of(river: RiverRun) -> Path:
    if river.release is None:
        raise CauceError("the demo's model has no release", where=DEMO, remedy="The demo serves a model that classifies.")
    return river.release


def _send_window(workspace: Workspace, river: RiverRun, url: str, population: _Population, progress: Progress) -> Window:
    """Make studies of new patients, send most on the fast path and the rest to the queue, then check the window."""
    from cauce.monitor.check import MonitoredModel, WindowChoice
    from cauce.monitor.check import check as check_window
    from cauce.predictor.bundle import open_bundle
    from cauce.service.client import submit

    served_before = _results_so_far(workspace)
    folder = workspace.folder("incoming") / f"{served_before:06d}-{population.title.replace(' ', '-')}"
    fast = _make(folder / "fast", _Draw(_FAST, served_before), population, progress)
    slow = _make(folder / "queue", _Draw(_QUEUED, served_before + _FAST), population, progress)
    begin, clock = datetime.now(UTC), time.monotonic()
    sent = [*submit(fast, url, queue=False, progress=progress), *submit(slow, url, queue=True, progress=progress)]
    seconds = time.monotonic() - clock
    answers = [_answer(item) for item in sent]
    bundle = open_bundle(_release_of(river) / "bundle")
    model = MonitoredModel(river.cohort.name, bundle.digest, bundle.reference)
    outcome = check_window(workspace, model, MonitoringPolicy(), window=WindowChoice(since=begin))
    return Window(population.title, len(answers), seconds, outcome, _documents(workspace, url, population, answers))


@dataclass(frozen=True)
class _Draw:
    count: int
    offset: int


def _make(folder: Path, draw: _Draw, population: _Population, progress: Progress) -> Path:
    from cauce.phantom.cohort import write_studies

    write_studies(
        folder, count=draw.count, seed=_SEED, vendors=population.vendors, rows=_ROWS,
        patient_offset=_FIRST_PATIENT + draw.offset, progress=progress,
    )
    return folder


def _results_so_far(workspace: Workspace) -> int:
    """Studies in the log: a demo that is run again sends new patients, since a study sent twice is one result."""
    from cauce.store.result_log import ResultLog

    return sum(count for _, _, count in ResultLog(workspace.monitor_url).counts())


def _answer(sent: "Sent") -> dict[str, Any]:
    from cauce.service.client import explain

    if sent.status >= HTTPStatus.BAD_REQUEST:
        raise CauceError(explain(sent), where="demo", remedy="Read service.log in the workspace.")
    return sent.answer


def _documents(
    workspace: Workspace, url: str, population: _Population, answers: Sequence[dict[str, Any]]
) -> tuple[Path, ...]:
    """Fetch the documents of the most suspicious study into `reports/`."""
    from cauce.service.client import fetch

    lead = max(answers, key=lambda answer: answer["probability"])
    stem = workspace.folder("reports") / population.title.replace(" ", "-")
    names = {f"report_{language.value}": f"{stem}-{language.value}.pdf" for language in Language} | {"sr": f"{stem}-sr.dcm"}
    for link, name in names.items():
        write_bytes(Path(name), fetch(url, lead["links"][link]))
    return tuple(Path(name) for name in names.values())


def _text(river: RiverRun, windows: Sequence[Window], summary: Path) -> str:
    lines = [text_of(river), "", "Service and monitoring"]
    for window in windows:
        report = window.check.report
        lines.append(f"  {window.studies} studies, {window.title}: {report.status.value}, {window.seconds:.1f} s")
        if window.check.alert:
            lines.append(f"    ALERT {window.check.alert.cause}")
        lines += [f"    {path}" for path in (*window.documents, window.check.page)]
    return "\n".join([*lines, "", f"Summary: {summary}"])
