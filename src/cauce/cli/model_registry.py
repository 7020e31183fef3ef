"""`cauce model promote | who-was | history | compare | lineage`: which version is in use, since when, and why. Thin."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cauce.cli.options import DEFAULT_WORKSPACE, JsonOption, WorkspaceOption
from cauce.cli.output import command, emit
from cauce.cli.tables import text_table
from cauce.domain.estimate import Estimate
from cauce.domain.model import Alias

if TYPE_CHECKING:
    from cauce.domain.promotion import AliasChange
    from cauce.model.compare import Comparison

ModelArgument = Annotated[str, typer.Argument(help="NAME@ALIAS, NAME:VERSION or a bundle folder.")]
_HEADER = ("Model", "Alias", "Since (UTC)", "By", "Why", "Digest")


def promote(
    model: ModelArgument,
    alias: Annotated[Alias, typer.Option("--to", help="Alias that shall point to this version.")] = Alias.CHAMPION,
    why: Annotated[str, typer.Option("--why", help="Reason; kept in the alias log.")] = "promotion",
    override: Annotated[str, typer.Option("--override", help="Reason for going on although the promotion guard refuses.")] = "",
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    as_json: JsonOption = False,
) -> None:
    """Point an alias to a version that was evaluated; `champion` only when its scores have not shifted."""
    with command(as_json=as_json):
        from cauce.model.promotion import promote as run_promotion
        from cauce.store.workspace import Workspace

        place = Workspace.existing(workspace)
        version = run_promotion(place, model, alias, why=why, override=override)
        change = _changes(place, version.name)[-1]
        told = f"{version.name}@{alias.value} is now version {version.version}"
        if change.override:
            told += f"\nThe guard refused ({change.objection}); overridden: {change.override}"
        document = {"name": version.name, "version": version.version, "aliases": list(version.aliases),
                    "digest": version.model.bundle, "change": change.model_dump(mode="json")}
        emit(document, told, as_json=as_json)


def who_was(
    alias: Annotated[Alias, typer.Argument(help="champion or candidate.")],
    at: Annotated[str, typer.Option("--at", help="Day (its end, UTC) or time: 2026-03-01, 2026-03-01T14:00+01:00.")],
    name: Annotated[str | None, typer.Option("--model", help="Only this model; default: every model.")] = None,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    as_json: JsonOption = False,
) -> None:
    """Which version an alias pointed to on a day, since when, by whom and why."""
    with command(as_json=as_json):
        from cauce.domain.errors import NotFoundError
        from cauce.model.alias_log import logged_models, moment
        from cauce.model.alias_log import who_was as ask
        from cauce.store.workspace import Workspace

        place, when = Workspace.existing(workspace), moment(at)
        names = [name] if name else logged_models(place)
        found, missing = [], []
        for each in names:
            try:
                found.append(ask(place, alias, when, name=each))
            except NotFoundError as error:
                missing.append(error)
        if not found:
            raise missing[0] if missing else NotFoundError("no alias was ever set here", where=place.root.name)
        lines = [_change_row(change) for change in found]
        emit({"at": when.isoformat(), "changes": [each.model_dump(mode="json") for each in found]},
             text_table(_HEADER, lines), as_json=as_json)


def history(
    name: Annotated[str, typer.Argument(help="NAME of a model.")],
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    as_json: JsonOption = False,
) -> None:
    """Every move of every alias of a model, with what the promotion guard said."""
    with command(as_json=as_json):
        from cauce.domain.errors import NotFoundError
        from cauce.model.alias_log import logged_models
        from cauce.store.workspace import Workspace

        place = Workspace.existing(workspace)
        changes = _changes(place, name)
        if not changes:
            known = ", ".join(logged_models(place)) or "none yet"
            raise NotFoundError("no alias of this model was ever set", where=name, remedy=f"Models with a history: {known}.")
        lines = [(*_change_row(change), change.objection and f"refused: {change.objection}; overridden: {change.override}")
                 for change in changes]
        emit({"changes": [each.model_dump(mode="json") for each in changes]}, text_table((*_HEADER, "Guard"), lines),
             as_json=as_json)


def compare(
    first: ModelArgument, second: ModelArgument, workspace: WorkspaceOption = DEFAULT_WORKSPACE, as_json: JsonOption = False,
) -> None:
    """Two evaluated versions on the same patients: paired DeLong and paired bootstrap. The test partition stays closed."""
    with command(as_json=as_json):
        from cauce.model.compare import compare as run_comparison
        from cauce.store.workspace import Workspace

        found = run_comparison(Workspace.existing(workspace), first, second)
        emit(_comparison_document(found, first, second), _comparison_text(found, first, second), as_json=as_json)


def lineage(
    model: ModelArgument,
    out: Annotated[Path | None, typer.Option("--out", help="SVG file; default: in the report folder of the version.")] = None,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    as_json: JsonOption = False,
) -> None:
    """Cohort → split → search → runs → model → evaluation → release of one version, as a picture."""
    with command(as_json=as_json):
        from cauce.model.evaluate import report_of
        from cauce.model.lineage import lineage as boxes_of
        from cauce.model.lineage import picture, releases_of
        from cauce.model.registry import resolve
        from cauce.store.atomic import write_bytes
        from cauce.store.workspace import Workspace

        place = Workspace.existing(workspace)
        version = resolve(place, model)
        releases = releases_of(place, version.name, version.model.bundle)
        boxes = boxes_of(place, version, report_of(place, version), releases)
        path = out or place.root / "reports" / f"{version.name}-{version.model.bundle[:12]}" / "lineage.svg"
        write_bytes(path, picture(boxes).encode())
        rows = [(box.kind, "; ".join(box.lines), box.digest or "") for box in boxes]
        emit({"picture": str(path), "lineage": [{"kind": kind, "what": what, "digest": digest} for kind, what, digest in rows]},
             f"{text_table(('Record', 'What', 'Digest'), rows)}\nPicture: {path}", as_json=as_json)


def _changes(workspace: Any, name: str) -> "list[AliasChange]":
    from cauce.model.alias_log import alias_chain

    return alias_chain(workspace, name).entries()


def _change_row(change: "AliasChange") -> tuple[str, ...]:
    return (f"{change.name}:{change.version}", change.alias.value, change.at[:16].replace("T", " "), change.who, change.why,
            change.bundle[:12])


def _comparison_document(found: "Comparison", first: str, second: str) -> dict[str, Any]:
    return {
        "first": first, "second": second, "split": found.reports[0].split, "n_patients": found.reports[0].n_patients,
        "differences": [each.model_dump(mode="json") for each in found.differences],
    }


def _comparison_text(found: "Comparison", first: str, second: str) -> str:
    metrics = [{each.name: each for each in report.metrics} for report in found.reports]
    rows = []
    for difference in found.differences:
        name = difference.name.removeprefix("difference of ")
        told = [_short(each.get(name)) for each in metrics]
        rows.append((name, *told, _short(difference), difference.note, difference.method.split(",")[0].split(" (")[0]))
    report = found.reports[0]
    return (f"{report.n_instances} images of the same {report.n_patients} patients; difference = {second} − {first}\n"
            + text_table(("Metric", first, second, "Difference", "", "Method"), rows))


def _short(estimate: Estimate | None) -> str:
    if estimate is None or estimate.value is None:
        return "insufficient"
    return estimate.text()
