"""`cauce predict`: ask a model about images."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cauce.cli.options import DEFAULT_WORKSPACE, JsonOption, WorkspaceOption
from cauce.cli.output import command, emit

if TYPE_CHECKING:
    from cauce.clinical.chest_xray.analyse import Analyser
    from cauce.store.workspace import Workspace

ModelArgument = Annotated[str, typer.Argument(help="NAME@ALIAS, NAME:VERSION, or the folder of a bundle or release.")]
SourceArgument = Annotated[Path, typer.Argument(help="A DICOM, PNG, JPEG or TIFF file, or a folder of them.")]
OutOption = Annotated[Path, typer.Option("--out", help="Folder for predictions.csv and the heat maps.")]


def predict(
    model: ModelArgument, source: SourceArgument, out: OutOption,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE, as_json: JsonOption = False,
) -> None:
    """Probability, decision and heat map for each image; an image outside the intended use is refused with its reason."""
    with command(as_json=as_json) as progress:
        from cauce.clinical.chest_xray.files import analyse_files
        from cauce.dicom.pseudonym import load_key
        from cauce.domain.result import Decision
        from cauce.predictor.source import find_files
        from cauce.report.prediction_folder import TABLE, write_predictions

        find_files(source)  # an empty folder is said before the model is loaded
        opened = _open_workspace(workspace, model)
        analyser = _open_model(opened, model)
        key = load_key(opened.settings, opened.root)
        summary = write_predictions(out, analyse_files(analyser, source, key=key, progress=progress), analyser.operating_point)
        refused = summary.of(Decision.REFUSED)
        if refused:
            typer.echo(f"cauce: {refused} of {summary.total} images were refused; {TABLE} says why", err=True)
        bundle = analyser.predictor.bundle
        document = {
            "out": str(out), "table": str(out / TABLE), "images": summary.total,
            **{decision.value: summary.of(decision) for decision in Decision}, "threshold": analyser.operating_point.threshold,
            "model_name": bundle.card.name, "model_version": analyser.version, "model_digest": bundle.digest,
            "engine": analyser.predictor.engine.description,
        }
        counts = ", ".join(f"{summary.of(decision)} {decision.value}" for decision in Decision)
        emit(document, f"{summary.total} images: {counts}. See {out / TABLE}", as_json=as_json)


def _open_workspace(root: Path, model: str) -> "Workspace":
    """A model named by its folder needs no workspace, and none is made for it; its settings count where there is one."""
    from cauce.domain.errors import NotFoundError
    from cauce.store.settings import load_settings
    from cauce.store.workspace import Workspace

    if (root / "cauce.toml").is_file():
        return Workspace.open(root)
    if not Path(model).is_dir():
        raise NotFoundError(
            "no such folder, and no workspace whose registry could know this name", where=model,
            expected=f"a workspace in {root}", got="none", remedy="Check MODEL and --workspace.",
        )
    return Workspace(root=root.absolute(), settings=load_settings(root / "cauce.toml"))


def _open_model(workspace: "Workspace", reference: str) -> "Analyser":
    """The model, with its golden cases replayed on this machine: other numbers than the released ones are refused."""
    from cauce.clinical.chest_xray.analyse import Analyser
    from cauce.predictor.bundle import open_bundle
    from cauce.predictor.predictor import Predictor, verify_golden
    from cauce.predictor.runtime import open_engine

    folder, version = _find(workspace, Path(reference), reference)
    bundle = open_bundle(folder)
    engine = open_engine(bundle.model)
    verify_golden(bundle, engine)
    return Analyser(Predictor(bundle, engine), version)


def _find(workspace: "Workspace", folder: Path, reference: str) -> tuple[Path, int | None]:
    """A release folder's signature is checked; a registry's name is resolved."""
    if (folder / "release.json").is_file():
        from cauce.release.verify import open_release

        return folder / "bundle", open_release(folder).version
    from cauce.model.registry import resolve

    found = resolve(workspace, reference)
    return found.folder, found.version
