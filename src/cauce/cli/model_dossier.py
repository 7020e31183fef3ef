"""`cauce model dossier | verify-dossier`. Thin: calls the stage, prints."""

from pathlib import Path
from typing import Annotated

import typer

from cauce.cli.options import DEFAULT_WORKSPACE, JsonOption, WorkspaceOption
from cauce.cli.output import command, emit
from cauce.store.settings import Language


def dossier(
    model: Annotated[str, typer.Argument(help="NAME, NAME@ALIAS or NAME:VERSION; NAME alone means its champion.")],
    out: Annotated[Path | None, typer.Option("--out", help="Folder; default: the version's report folder.")] = None,
    language: Annotated[Language | None, typer.Option("--language", help="Default: the workspace's language.")] = None,
    answers: Annotated[Path | None, typer.Option("--answers", help="YAML file with the blanks that people filled.")] = None,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    as_json: JsonOption = False,
) -> None:
    """Write the technical dossier of an evaluated version: PDF, HTML, JSON, and a YAML file with the blanks."""
    with command(as_json=as_json):
        from cauce.domain.model import Alias
        from cauce.model.dossier.inputs import pin
        from cauce.model.dossier.write import write
        from cauce.store.workspace import Workspace

        place = Workspace.existing(workspace)
        bare = not any(mark in model for mark in "@:")
        reference = f"{model}@{Alias.CHAMPION.value}" if bare else model
        inputs = pin(place, reference, language=language or place.settings.language, answers=answers)
        paths, document = write(place, inputs, out)
        claim = document["coverage"]["claim"]
        told = [document["status"], f"CLAIM 2024: {claim['filled']} of {claim['total']} items filled by the tool, "
                                    f"{claim['covered']} covered (coverage, not a score)", *map(str, paths)]
        emit({"model": reference, "files": [str(path) for path in paths], "blanks_open": document["blanks_open"],
              "coverage": document["coverage"]}, "\n".join(told), as_json=as_json)


def verify_dossier(
    file: Annotated[Path, typer.Argument(help="A dossier's .pdf, .html or .json.")],
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    as_json: JsonOption = False,
) -> None:
    """Compute every number of a dossier again from the records; exit code 1 when one differs."""
    with command(as_json=as_json):
        from cauce.model.dossier.verify import verify
        from cauce.store.workspace import Workspace

        found = verify(Workspace.existing(workspace), file)
        told = "\n".join(found) or "Every number is what the records give."
        emit({"file": str(file), "verified": not found, "differences": found}, told, as_json=as_json)
        if found:
            raise typer.Exit(1)
