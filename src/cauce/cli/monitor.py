"""`cauce monitor`: does the model still see what it was made for? Thin: resolves the model, calls the stage, prints."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cauce.cli.options import DEFAULT_WORKSPACE, JsonOption, WorkspaceOption
from cauce.cli.output import command, emit
from cauce.domain.errors import ConfigurationError, InputError
from cauce.domain.monitoring import Alert, AlertState, DriftReport, MonitoringPolicy, WindowStatus
from cauce.store.settings import Language
from cauce.store.workspace import Workspace

if TYPE_CHECKING:
    from cauce.monitor.check import MonitoredModel

app = typer.Typer(no_args_is_help=True)

_SHOWN_TESTS = 8

ModelArgument = Annotated[str, typer.Argument(help="NAME@alias, NAME:version, NAME, or a bundle or release folder.")]
AlertArgument = Annotated[str, typer.Argument(help="Id of the alert, or how it starts.")]
WhoOption = Annotated[str, typer.Option("--who", help="Who says so; stands in the alert's history.")]
CommentOption = Annotated[str, typer.Option("--comment", help="Why; stands in the alert's history.")]


@app.command()
def check(
    model: ModelArgument = "",
    last: Annotated[int, typer.Option("--last", min=1, help="At most the last N studies.")] = 500,
    since: Annotated[str | None, typer.Option("--since", help="From this time (ISO 8601; UTC unless it says more).")] = None,
    until: Annotated[str | None, typer.Option("--until", help="Up to, not including, this time.")] = None,
    policy: Annotated[Path | None, typer.Option("--policy", help="YAML file with a MonitoringPolicy.")] = None,
    release: Annotated[Path | None, typer.Option("--release", help="Release folder, where there is no registry.")] = None,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    as_json: JsonOption = False,
) -> None:
    """Compare logged results with the model's reference; exit code 1, and an alert, when they drifted."""
    with command(as_json=as_json):
        from cauce.monitor.check import WindowChoice
        from cauce.monitor.check import check as run_check
        from cauce.store.yaml_adapter import read_yaml

        place = Workspace.open(workspace)
        rules = read_yaml(policy, MonitoringPolicy) if policy else MonitoringPolicy()
        window = WindowChoice(last=last, since=_moment(since, "--since"), until=_moment(until, "--until"))
        outcome = run_check(place, _monitored(place, model, release), rules, window=window)
        document = {
            **_summary(outcome.report), "alert": outcome.alert.model_dump(mode="json") if outcome.alert else None,
            "newly_raised": outcome.newly_raised, "report": str(outcome.page), "report_json": str(outcome.document),
            "undelivered": list(outcome.undelivered),
        }
        text = _text(outcome.report, outcome.page)
        if outcome.alert:
            first = "Alert raised" if outcome.newly_raised else "Alert known"
            text += f"\n{first}: {outcome.alert.id[:12]} ({outcome.alert.state.value})"
        emit(document, "\n".join([text, *(f"Not delivered: {line}" for line in outcome.undelivered)]), as_json=as_json)
    if outcome.report.status is WindowStatus.DRIFTED:
        raise typer.Exit(1)


@app.command()
def report(
    name: Annotated[str, typer.Argument(help="Name of the model.")],
    language: Annotated[Language | None, typer.Option("--language", help="en or es; default: as the workspace says.")] = None,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    as_json: JsonOption = False,
) -> None:
    """Write the newest drift report of a model as one HTML page and as JSON."""
    with command(as_json=as_json):
        from cauce.monitor.page import write_report

        place = Workspace.existing(workspace)
        newest = place.records.latest(DriftReport, name.split("@")[0].split(":")[0])
        page, document = write_report(place, newest, language=language)
        emit({**_summary(newest), "report": str(page), "report_json": str(document)}, _text(newest, page), as_json=as_json)


@app.command()
def alerts(
    name: Annotated[str | None, typer.Argument(help="Only alerts of this model.")] = None,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    as_json: JsonOption = False,
) -> None:
    """List alerts, newest first, with their state."""
    with command(as_json=as_json):
        from cauce.store.alert_log import AlertLog

        found = AlertLog(Workspace.existing(workspace).monitor_url).alerts(name)
        lines = [
            f"{item.id[:12]}  {item.state.value:<13}{item.model_name}  {item.raised_at[:16]}  {item.cause}" for item in found
        ]
        emit({"alerts": [item.model_dump(mode="json") for item in found]}, "\n".join(lines) or "No alerts.", as_json=as_json)


@app.command()
def acknowledge(
    alert: AlertArgument, comment: CommentOption, who: WhoOption,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE, as_json: JsonOption = False,
) -> None:
    """Say that somebody looks after an alert."""
    _change(workspace, alert, AlertState.ACKNOWLEDGED, who, comment, as_json=as_json)


@app.command()
def resolve(
    alert: AlertArgument, comment: CommentOption, who: WhoOption,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE, as_json: JsonOption = False,
) -> None:
    """Close an alert, with what was found."""
    _change(workspace, alert, AlertState.RESOLVED, who, comment, as_json=as_json)


def _change(workspace: Path, start: str, state: AlertState, who: str, comment: str, *, as_json: bool) -> None:
    with command(as_json=as_json):
        from cauce.store.alert_log import AlertLog

        log = AlertLog(Workspace.existing(workspace).monitor_url)
        alert = _one_alert(log.alerts(), start)
        log.change(alert.id, state, who=who, comment=comment)
        history = [
            {"at": item.at.isoformat(), "state": item.state.value, "who": item.who, "comment": item.comment}
            for item in log.history(alert.id)
        ]
        emit({"alert": alert.id, "state": state.value, "history": history}, f"{alert.id[:12]}: {state.value}", as_json=as_json)


def _one_alert(known: list[Alert], start: str) -> Alert:
    found = [item for item in known if start and item.id.startswith(start)]
    if len(found) != 1:
        raise InputError(
            "no single alert has an id that starts so", where=start, expected="one alert", got=str(len(found)),
            remedy="`cauce monitor alerts` lists them.",
        )
    return found[0]


def _monitored(workspace: Workspace, model: str, release: Path | None) -> "MonitoredModel":
    """The model's name, digest and reference, from a release, a bundle, or the registry."""
    from cauce.monitor.check import MonitoredModel
    from cauce.predictor.bundle import open_bundle

    if release is None and not model:
        raise InputError("no model named", where="cauce monitor check", remedy="Give NAME@alias, or --release DIR.")
    folder = release or Path(model)
    if release is not None or folder.is_dir():
        if (folder / "release.json").is_file():
            from cauce.release.verify import open_release

            open_release(folder)
        bundle = open_bundle(folder / "bundle" if (folder / "bundle").is_dir() else folder)
    else:
        from cauce.model.registry import resolve as resolve_reference

        reference = model if {"@", ":"} & set(model) else f"{model}@champion"
        bundle = open_bundle(resolve_reference(workspace, reference).folder)
    return MonitoredModel(name=bundle.card.name, digest=bundle.digest, reference=bundle.reference)


def _moment(text: str | None, option: str) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ConfigurationError(
            "not a time", where=option, expected="2026-11-23 or 2026-11-23T08:00:00+01:00", got=text[:40],
            remedy="Write it as ISO 8601.",
        ) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _summary(drift: DriftReport) -> dict[str, Any]:
    fields = {
        "model_name", "model_digest", "status", "shift", "cause", "note", "n_studies", "n_patients", "n_refused", "n_reference",
        "window_start", "window_end",
    }
    drifted = [test.model_dump(mode="json") for test in drift.tests if test.drifted]
    return {**drift.model_dump(mode="json", include=fields), "n_tests": len(drift.tests), "drifted": drifted}


def _p(value: float) -> str:
    return f"{value:.3f}" if value >= 0.001 else "< 0.001"


def _text(drift: DriftReport, page: Path) -> str:
    lines = [
        f"{drift.model_name}: {drift.status.value} ({drift.n_studies} studies of {drift.n_patients} patients, "
        f"{drift.n_refused} refused, against {drift.n_reference} reference patients)"
    ]
    lines += [line for line in (drift.cause, drift.note) if line]
    shown = [test for test in drift.tests if test.drifted][:_SHOWN_TESTS]
    lines += [
        f"  {test.stream.value:<12} {test.detail}  (size {test.effect:.2f}, adjusted p {_p(test.p_adjusted)})" for test in shown
    ]
    if drift.status is WindowStatus.DRIFTED:
        lines.append(f"{drift.policy.action} Owner: {drift.policy.owner}")
    return "\n".join([*lines, f"Report: {page}"])
