"""`cauce model`: evaluate, list, show; the other commands stand in files of their own. Thin: calls the stage, prints."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cauce.cli import model_dossier, model_explain, model_registry
from cauce.cli.options import DEFAULT_WORKSPACE, DataOption, JsonOption, WorkspaceOption
from cauce.cli.output import command, emit
from cauce.cli.tables import text_table
from cauce.domain.estimate import Estimate
from cauce.domain.model import EvaluationReport, OperatingPoint

if TYPE_CHECKING:
    from cauce.model.registry import RegisteredVersion
    from cauce.store.workspace import Workspace

app = typer.Typer(no_args_is_help=True)

ModelArgument = Annotated[str, typer.Argument(help="NAME@ALIAS, NAME:VERSION or a bundle folder.")]
_SHOWN = ("AUC", "sensitivity", "specificity", "Brier score")


@app.command()
def evaluate(
    model: Annotated[str, typer.Argument(help="NAME of a selection, NAME@ALIAS, NAME:VERSION or a bundle folder.")],
    data: DataOption = None,
    why: Annotated[str, typer.Option("--why", help="Why the test partition is opened; kept in the ledger.")] = "evaluation",
    again: Annotated[bool, typer.Option("--again", help="Open the test partition anew although there is a report.")] = False,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    as_json: JsonOption = False,
) -> None:
    """Measure a model on its test partition; each opening is logged. A bare NAME builds and registers its selection first."""
    with command(as_json=as_json) as progress:
        from pathlib import Path

        from cauce.model.build import build_version
        from cauce.model.evaluate import evaluate as run_evaluation
        from cauce.model.report import HTML, report_folder
        from cauce.store.workspace import Workspace

        place = Workspace.existing(workspace)
        reference = model
        if not any(mark in model for mark in "@:") and not Path(model).is_dir():
            built = build_version(place, model, data_root=data, progress=progress)
            reference = f"{built.name}:{built.version}"
        report = run_evaluation(place, reference, data_root=data, why=why, again=again, progress=progress)
        html = report_folder(place, report) / HTML
        document = {"model": reference, "report": str(html), "evaluation": report.model_dump(mode="json")}
        emit(document, _evaluation_text(reference, report, str(html)), as_json=as_json)


@app.command(name="list")
def list_models(
    name: Annotated[str | None, typer.Argument(help="Only this model.")] = None,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    as_json: JsonOption = False,
) -> None:
    """Registered models: versions, aliases, quality."""
    with command(as_json=as_json):
        from cauce.model.registry import versions
        from cauce.store.workspace import Workspace

        place = Workspace.existing(workspace)
        rows = [_row(place, each) for each in versions(place, name)]
        header = ("Model", "Aliases", "Created (UTC)", "Network", "AUC or Dice on test", "Sensitivity", "Specificity", "Digest")
        lines = [(f"{row['name']}:{row['version']}", ", ".join(row["aliases"]), row["created"], row["network"],
                  *_qualities(row["metrics"]), row["digest"][:12]) for row in rows]
        emit({"models": rows}, text_table(header, lines) if rows else "No model is registered yet.", as_json=as_json)


@app.command()
def show(model: ModelArgument, workspace: WorkspaceOption = DEFAULT_WORKSPACE, as_json: JsonOption = False) -> None:
    """Everything that is known of one version: contract, operating point, lineage, evaluation."""
    with command(as_json=as_json):
        from cauce.model.registry import resolve
        from cauce.store.workspace import Workspace

        place = Workspace.existing(workspace)
        version = resolve(place, model)
        row = _row(place, version)
        contract = version.model.contract
        facts = [
            ("model", f"{version.name}:{version.version}" if version.version else version.name),
            ("digest", version.model.bundle),
            ("aliases", ", ".join(version.aliases) or "none"), ("created", row["created"]), ("folder", str(version.folder)),
            ("network", f"{row['network']}, {version.model.n_parameters:,} parameters"),
            ("modalities", ", ".join(contract.modalities) or "any"), ("body parts", ", ".join(contract.body_parts) or "any"),
            ("views", ", ".join(contract.views) or "any"),
            ("finding", contract.reference.finding.meaning), ("intended use", version.model.intended_use),
            *_point_facts(version.model.operating_point),
            *((f"  {lineage}", getattr(version.model, lineage)) for lineage in ("cohort", "split", "search", "selection")),
            *((f"test: {name}", metric["text"]) for name, metric in row["metrics"].items()),
            ("test opened", _times(row["openings"]) if row["openings"] else "not evaluated yet"),
        ]
        emit({**row, "model": version.model.model_dump(mode="json")}, text_table(("", ""), facts), as_json=as_json)


app.command()(model_registry.promote)
app.command("who-was")(model_registry.who_was)
app.command()(model_registry.history)
app.command()(model_registry.compare)
app.command()(model_registry.lineage)
app.command()(model_explain.explain)
app.command()(model_dossier.dossier)
app.command("verify-dossier")(model_dossier.verify_dossier)


def _row(workspace: "Workspace", version: "RegisteredVersion") -> dict[str, Any]:
    from cauce.model.evaluate import report_of

    report = report_of(workspace, version)
    metrics = {each.name: {**each.model_dump(mode="json"), "text": each.text()} for each in report.metrics} if report else {}
    created, point = version.created_at_ms, version.model.operating_point
    return {
        "name": version.name, "version": version.version, "aliases": list(version.aliases), "digest": version.model.bundle,
        "created": datetime.fromtimestamp(created / 1000, UTC).strftime("%Y-%m-%d %H:%M") if created else "",
        "network": f"{version.model.n_members} × {version.model.network.value}", "folder": str(version.folder),
        "threshold": point.threshold if point else None, "metrics": metrics,
        "openings": report.opening.number if report else 0,
    }


def _qualities(metrics: dict[str, Any]) -> tuple[str, str, str]:
    """Cells of the list; masks have their mean Dice, several classes their macro AUC, and no sensitivity."""
    for overall in ("Dice", "macro AUC"):
        if overall in metrics:
            return _short(metrics[overall]), "–", "–"
    area, sensitivity, specificity = (_short(metrics.get(metric)) for metric in _SHOWN[:3])
    return area, sensitivity, specificity


def _point_facts(point: OperatingPoint | None) -> list[tuple[str, str]]:
    if point is None:
        return [("operating point", "none: the model has no threshold")]
    return [
        ("operating point", f"{point.threshold:.4f}: {point.target}"),
        ("  on tune", f"sensitivity {point.sensitivity.text()}; specificity {point.specificity.text()}"),
    ]


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _short(metric: dict[str, Any] | None) -> str:
    if metric is None:
        return "not evaluated"
    return "insufficient" if metric["value"] is None else metric["text"]


def _evaluation_text(reference: str, report: EvaluationReport, page: str) -> str:
    rows = [(each.name, *_cells(each)) for each in report.metrics]
    return (
        f"{reference} on {report.n_instances} test images of {report.n_patients} patients "
        f"({_positive(report)}{report.missing} without a prediction, counted as wrong)\n"
        f"This test partition has been opened {_times(report.opening.number)}.\n"
        f"{text_table(('Metric', 'Value', '95 % interval'), rows)}\nReport: {page}"
    )


def _positive(report: EvaluationReport) -> str:
    several = any(each.name == "macro AUC" for each in report.metrics)
    return "" if several else f"{report.n_positive} images with the finding, "


def _cells(estimate: Estimate) -> tuple[str, str]:
    if estimate.value is None:
        return "insufficient data", estimate.note
    return f"{estimate.value:.4f}", f"{estimate.lower:.4f} to {estimate.upper:.4f}"
