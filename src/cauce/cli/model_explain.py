"""`cauce model explain`. Thin: calls the stage, prints."""

from typing import Annotated

import typer

from cauce.cli.options import DEFAULT_WORKSPACE, DataOption, JsonOption, WorkspaceOption
from cauce.cli.output import command, emit
from cauce.cli.tables import text_table
from cauce.domain.explanation import ExplanationMethod


def explain(
    model: Annotated[str, typer.Argument(help="NAME, NAME@ALIAS or NAME:VERSION; NAME alone means its champion.")],
    method: Annotated[ExplanationMethod, typer.Option("--method", help="How maps are made.")] = ExplanationMethod.GRAD_CAM,
    cases: Annotated[int, typer.Option("--cases", help="Images of the tune partition, half of them with the finding.")] = 24,
    places: Annotated[str | None, typer.Option("--places", help="Cohort of the same files with boxes or masks.")] = None,
    seed: Annotated[int, typer.Option("--seed", help="Of the choice of images and of the random weights.")] = 0,
    data: DataOption = None,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    as_json: JsonOption = False,
) -> None:
    """Draw where a classifier looks on images of tune; exit code 1 when random weights do not destroy the maps."""
    with command(as_json=as_json) as progress:
        from cauce.domain.model import Alias
        from cauce.model.explain.page import HTML, JSON, verdict
        from cauce.model.explain.run import Request, explain_model
        from cauce.store.workspace import Workspace

        reference = model if any(mark in model for mark in "@:") else f"{model}@{Alias.CHAMPION.value}"
        request = Request(method=method, cases=cases, places=places, seed=seed)
        report, folder = explain_model(Workspace.existing(workspace), reference, request, data_root=data, progress=progress)
        rows = [(step.layer, step.rank_correlation.text(2), step.similarity.text(2)) for step in report.cascade]
        told = (f"{text_table(('Random down to', 'Rank correlation', 'SSIM'), rows)}\n{verdict(report)}\n"
                f"Pointing game: {report.pointing_game.text()}\nPage: {folder / HTML}\nRecord: {folder / JSON}")
        emit({"model": reference, "page": str(folder / HTML), "explanation": report.model_dump(mode="json")}, told,
             as_json=as_json)
        if report.depends_on_weights is False:
            raise typer.Exit(1)
