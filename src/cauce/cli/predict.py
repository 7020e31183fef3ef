"""`cauce predict`: ask a model about images."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cauce.cli.options import DEFAULT_WORKSPACE, JsonOption, WorkspaceOption
from cauce.cli.output import command, emit
from cauce.domain.errors import InputError
from cauce.domain.progress import Progress

if TYPE_CHECKING:
    from cauce.clinical.chest_xray.analyse import Analyser
    from cauce.store.workspace import Workspace

ModelArgument = Annotated[str, typer.Argument(help="NAME@ALIAS, NAME:VERSION, or the folder of a bundle or release.")]
SourceArgument = Annotated[
    Path, typer.Argument(help="A DICOM, PNG, JPEG or TIFF file, or a folder of them; for masks NIfTI files or DICOM series.")
]
OutOption = Annotated[Path, typer.Option("--out", help="Folder for predictions.csv and the heat maps or masks.")]


def predict(
    model: ModelArgument, source: SourceArgument, out: OutOption,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE, as_json: JsonOption = False,
) -> None:
    """Decision and heat map for each image, probability of each class or finding, a number, or a mask; the unfit is refused."""
    with command(as_json=as_json) as progress:
        if not source.exists():
            raise InputError("no such file or folder", where=str(source), remedy="Check SOURCE.")
        opened = _open_workspace(workspace, model)
        folder, version = _find(opened, Path(model), model)
        document, text, refused = _answer(_Asked(opened, folder, version, source, out), progress)
        if refused:
            typer.echo(f"cauce: {refused}", err=True)
        emit(document, text, as_json=as_json)


@dataclass(frozen=True)
class _Asked:
    """Whom, about what, and where the answer goes."""

    workspace: "Workspace"
    bundle: Path
    version: int | None
    source: Path
    out: Path


_Answer = tuple[dict[str, object], str, str]
"""JSON document, text for people, and what was refused."""


def _answer(asked: _Asked, progress: Progress) -> _Answer:
    from cauce.domain.experiment import Task
    from cauce.predictor.bundle import open_bundle

    tasks = {Task.SEGMENTATION: _answer_masks, Task.BINARY_CLASSIFICATION: _answer_images}
    return tasks.get(open_bundle(asked.bundle).contract.task, _answer_outputs)(asked, progress)


def _answer_images(asked: _Asked, progress: Progress) -> _Answer:
    from cauce.clinical.chest_xray.files import analyse_files
    from cauce.dicom.pseudonym import load_key
    from cauce.domain.result import Decision
    from cauce.predictor.source import find_files
    from cauce.report.prediction_folder import TABLE, write_predictions

    find_files(asked.source)  # an empty folder is said before the model is loaded
    analyser = _open_model(asked)
    key = load_key(asked.workspace.settings, asked.workspace.root)
    analysed = analyse_files(analyser, asked.source, key=key, progress=progress)
    summary = write_predictions(asked.out, analysed, analyser.operating_point)
    bundle, refused = analyser.predictor.bundle, summary.of(Decision.REFUSED)
    document: dict[str, object] = {
        "out": str(asked.out), "table": str(asked.out / TABLE), "images": summary.total,
        **{decision.value: summary.of(decision) for decision in Decision}, "threshold": analyser.operating_point.threshold,
        "model_name": bundle.card.name, "model_version": analyser.version, "model_digest": bundle.digest,
        "engine": analyser.predictor.engine.description,
    }
    counts = ", ".join(f"{summary.of(decision)} {decision.value}" for decision in Decision)
    text = f"{summary.total} images: {counts}. See {asked.out / TABLE}"
    return document, text, f"{refused} of {summary.total} images were refused; {TABLE} says why" if refused else ""


def _answer_masks(asked: _Asked, progress: Progress) -> _Answer:
    from cauce.predictor.bundle import open_bundle
    from cauce.predictor.predictor import verify_golden
    from cauce.predictor.runtime import open_engine
    from cauce.predictor.segment_files import segment_files
    from cauce.predictor.segmentation import Segmenter
    from cauce.predictor.volume_files import find_cases
    from cauce.report.mask_folder import MASKS, TABLE, write_masks

    bundle = open_bundle(asked.bundle)
    files = find_cases(asked.source, bundle.contract.volume_recipe().channels)
    engine = open_engine(bundle.model)
    verify_golden(bundle, engine)
    cases = segment_files(Segmenter.of(bundle, engine), files, progress=progress)
    summary = write_masks(asked.out, cases, bundle.contract.reference.classes)
    document: dict[str, object] = {
        "out": str(asked.out), "table": str(asked.out / TABLE), "masks": str(asked.out / MASKS),
        "cases": summary.segmented + summary.refused, "segmented": summary.segmented, "refused": summary.refused,
        "model_name": bundle.card.name, "model_version": asked.version, "model_digest": bundle.digest,
        "engine": engine.description,
    }
    text = f"{summary.segmented} cases segmented, {summary.refused} refused. See {asked.out / TABLE} and {asked.out / MASKS}"
    total = summary.segmented + summary.refused
    return document, text, f"{summary.refused} of {total} cases were refused; {TABLE} says why" if summary.refused else ""


def _answer_outputs(asked: _Asked, progress: Progress) -> _Answer:
    from cauce.clinical.chest_xray.answer_files import answer_files
    from cauce.dicom.pseudonym import load_key
    from cauce.predictor.bundle import open_bundle
    from cauce.predictor.predictor import verify_golden
    from cauce.predictor.runtime import open_engine
    from cauce.predictor.source import find_files
    from cauce.report.answer_folder import TABLE, write_answer_table

    find_files(asked.source)  # an empty folder is said before the model is loaded
    bundle = open_bundle(asked.bundle)
    engine = open_engine(bundle.model)
    verify_golden(bundle, engine)
    key = load_key(asked.workspace.settings, asked.workspace.root)
    answers = answer_files(bundle, engine, asked.source, key=key, progress=progress)
    summary = write_answer_table(asked.out, answers, bundle.contract)
    document: dict[str, object] = {
        "out": str(asked.out), "table": str(asked.out / TABLE), "images": summary.total,
        **({"predicted": summary.called} if summary.called else {}), "refused": summary.refused,
        "model_name": bundle.card.name, "model_version": asked.version, "model_digest": bundle.digest,
        "engine": engine.description,
    }
    counts = ", ".join(f"{count} {name}" for name, count in summary.called.items()) or f"{summary.answered} answered"
    text = f"{summary.total} images: {counts}, {summary.refused} refused. See {asked.out / TABLE}"
    refused = f"{summary.refused} of {summary.total} images were refused; {TABLE} says why" if summary.refused else ""
    return document, text, refused


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


def _open_model(asked: _Asked) -> "Analyser":
    """The model, with its golden cases replayed on this machine: other numbers than the released ones are refused."""
    from cauce.clinical.chest_xray.analyse import Analyser
    from cauce.predictor.bundle import open_bundle
    from cauce.predictor.predictor import Predictor, verify_golden
    from cauce.predictor.runtime import open_engine

    bundle = open_bundle(asked.bundle)
    engine = open_engine(bundle.model)
    verify_golden(bundle, engine)
    return Analyser(Predictor(bundle, engine), asked.version)


def _find(workspace: "Workspace", folder: Path, reference: str) -> tuple[Path, int | None]:
    """A release folder's signature is checked; a registry's name is resolved."""
    if (folder / "release.json").is_file():
        from cauce.release.verify import open_release

        return folder / "bundle", open_release(folder).version
    from cauce.model.registry import resolve

    found = resolve(workspace, reference)
    return found.folder, found.version
