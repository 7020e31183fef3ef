"""Explain a registered classifier on images of `tune`."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from cauce import __version__
from cauce.clinical.chest_xray.intended_use import refusal_for
from cauce.domain.cohort import Cohort
from cauce.domain.errors import InputError, UnreadableImageError
from cauce.domain.estimate import Estimate
from cauce.domain.experiment import Task
from cauce.domain.explanation import ExplainedCase, ExplanationMethod, ExplanationReport, RandomisedLayers
from cauce.domain.progress import Progress, silent
from cauce.domain.split import Partition
from cauce.domain.study import InstanceRow
from cauce.metrics.agreement import symmetric
from cauce.metrics.mean import mean_over_cases
from cauce.metrics.saliency import pointing_game
from cauce.model.explain.maps import Question, cascade_of, peak_of
from cauce.model.explain.page import explanation_folder, write_page
from cauce.model.explain.picture import Shown, case_png
from cauce.model.explain.places import Places, places_of
from cauce.model.explain.trained import trained_networks
from cauce.model.gate import sealed_split
from cauce.model.registry import RegisteredVersion, resolve
from cauce.model.scoring import Images, partition_rows
from cauce.predictor.bundle import Bundle, open_bundle
from cauce.predictor.outputs import predict_outputs
from cauce.predictor.predictor import predict_with
from cauce.predictor.runtime import Engine, open_engine
from cauce.predictor.source import LoadedInstance
from cauce.store.atomic import new_folder, write_bytes
from cauce.store.workspace import Workspace

if TYPE_CHECKING:
    from cauce.predictor.networks.class_activation import ClassActivationNetwork

LIKE_AT_MOST = 0.5
"""Upper limit of the mean rank correlation with the maps of random networks, above which a map is not the network's."""


@dataclass(frozen=True)
class Request:
    """What is asked for.

    Attributes:
        cases: images, drawn at random with `seed`: half with the finding, as far as there are any.
        places: name of a cohort of the same files whose reference is boxes or masks.
    """

    method: ExplanationMethod = ExplanationMethod.GRAD_CAM
    cases: int = 24
    places: str | None = None
    seed: int = 0


@dataclass(frozen=True, eq=False)
class _Explainer:
    """A model, open, and what is asked of it."""

    bundle: Bundle
    engine: Engine
    networks: "list[ClassActivationNetwork]"
    request: Request
    places: Places

    def question(self, loaded: LoadedInstance) -> tuple[Question, str, float]:
        """What is explained of an image: the finding, or the called class; its name and probability."""
        contract = self.bundle.contract
        recipe, pixels = contract.preprocess, loaded.image.pixels
        if contract.task is Task.BINARY_CLASSIFICATION:
            probability = predict_with(self.engine, recipe, [pixels])[0].probability
            return Question(recipe, self.request.method), contract.reference.finding.meaning, probability
        answer = predict_outputs(self.engine, contract, [pixels])[0]
        called = int(answer.argmax())
        return Question(recipe, self.request.method, called), contract.reference.classes[called], float(answer[called])


def explain_model(
    workspace: Workspace, reference: str, request: Request, *, data_root: Path | None, progress: Progress = silent
) -> tuple[ExplanationReport, Path]:
    """Maps, sanity check and pointing game of a model on images of its `tune` partition; the report and its page.

    Raises:
        ConfigurationError: the model does not classify, or the cohort of places has none.
        NotFoundError: no such model or cohort, or it was trained in another workspace.
        InputError: fewer than one case is wanted, or no image of `tune` can be explained.
        IntegrityError: a digest or seal is broken.
    """
    if request.cases < 1:
        raise InputError("at least one case is needed", where="explain", got=str(request.cases), remedy="Give --cases 24.")
    version = resolve(workspace, reference)
    bundle = open_bundle(version.folder, expected=version.model.bundle)
    networks = trained_networks(workspace, bundle)
    cohort = workspace.records.get(Cohort, version.model.cohort)
    split = sealed_split(workspace, cohort, version.model.split)
    places = places_of(workspace, cohort, request.places, data_root=data_root)
    explainer = _Explainer(bundle, open_engine(bundle.model), networks, request, places)
    rows = partition_rows(workspace, cohort, split, Partition.TUNE)
    chosen = _readable(_drawn(rows, cohort, request), request.cases, bundle, Images.of(workspace, cohort, data_root))
    return _report(workspace, version, explainer, chosen, progress)


def _report(
    workspace: Workspace, version: RegisteredVersion, explainer: _Explainer,
    chosen: list[tuple[InstanceRow, LoadedInstance]], progress: Progress,
) -> tuple[ExplanationReport, Path]:
    from cauce.predictor.saliency import METHODS

    request, cases, likeness = explainer.request, [], []
    folder = workspace.root / "reports" / f"{version.name}-{version.model.bundle[:12]}" / f"explain-{request.method.value}"
    with new_folder(folder) as partial:
        for number, (row, loaded) in enumerate(chosen, 1):
            progress("explain", number - 1, len(chosen))
            case, alike = _explained(explainer, row, loaded, partial, f"case-{number:03d}.png")
            cases.append(case)
            likeness.append(alike)
        progress("explain", len(chosen), len(chosen))
        report = ExplanationReport(
            name=version.name, model=version.model.bundle, method=request.method, settings=METHODS[request.method].settings,
            seed=request.seed, cases=tuple(cases), pointing_game=_pointing(cases), cascade=_cascade(cases, likeness),
            depends_on_weights=None, cauce_version=__version__,
        )
        report = report.model_copy(update={"depends_on_weights": _depends(report.cascade[-1].rank_correlation)})
        write_page(partial, report)
    workspace.records.put(report, name=version.name)
    return report, explanation_folder(workspace, report)


def _explained(
    explainer: _Explainer, row: InstanceRow, loaded: LoadedInstance, folder: Path, picture: str
) -> tuple[ExplainedCase, dict[str, tuple[float, float]]]:
    """One case, its picture written, and how like its map those of random networks are."""
    pixels = loaded.image.pixels
    shape = (pixels.shape[0], pixels.shape[1])
    question, explained, probability = explainer.question(loaded)
    whole = question.map_of(explainer.networks, pixels)
    on_image = question.on_image(whole, shape)
    peak, region = peak_of(on_image, shape), explainer.places.region(row, shape)
    hit = None
    if region is not None:
        hit = peak is not None and bool(region[min(int(peak[1]), shape[0] - 1), min(int(peak[0]), shape[1] - 1)])
    case = ExplainedCase(
        instance=row.path, patient_key=row.patient_key, label=row.label or "", explained=explained, probability=probability,
        peak=peak, region_share=None if region is None else float(region.mean()), hit=hit, picture=picture,
    )
    spacing = row.acquisition.pixel_spacing_mm or (1.0, 1.0)
    write_bytes(folder / picture, case_png(Shown(pixels, on_image, spacing[0] / spacing[1], region), case))
    return case, cascade_of(explainer.networks, question, pixels, whole, seed=explainer.request.seed)


def _drawn(rows: Sequence[InstanceRow], cohort: Cohort, request: Request) -> list[InstanceRow]:
    """All rows in a random order in which those with the finding and those without take turns, as long as there are both."""
    shuffled = [rows[index] for index in np.random.default_rng(request.seed).permutation(len(rows))]
    positive = set(cohort.spec.reference.positive)
    groups = [[row for row in shuffled if (row.label in positive) == wanted] for wanted in (True, False)]
    paired = [row for pair in zip(*groups, strict=False) for row in pair]
    shorter = min(map(len, groups))
    return [*paired, *groups[0][shorter:], *groups[1][shorter:]]


def _readable(
    rows: Sequence[InstanceRow], wanted: int, bundle: Bundle, images: Images
) -> list[tuple[InstanceRow, LoadedInstance]]:
    """The first rows that the model accepts."""
    found: list[tuple[InstanceRow, LoadedInstance]] = []
    for row in rows:
        if len(found) == wanted:
            break
        try:
            loaded = images.load(row)
        except UnreadableImageError:
            continue
        flat = loaded.image.pixels.ndim != 2 or loaded.statistics.standard_deviation == 0
        if not flat and refusal_for(bundle.contract, loaded) is None:
            found.append((row, loaded))
    if not found:
        raise InputError("no image of tune can be explained", where=bundle.card.name,
                         expected="labelled images that the model accepts", got=f"{len(rows)} images")
    return found


def _pointing(cases: Sequence[ExplainedCase]) -> Estimate:
    placed = [case for case in cases if case.hit is not None and case.region_share is not None]
    return pointing_game([bool(case.hit) for case in placed], [case.region_share or 0.0 for case in placed],
                         [case.patient_key for case in placed])


def _cascade(
    cases: Sequence[ExplainedCase], likeness: Sequence[dict[str, tuple[float, float]]]
) -> tuple[RandomisedLayers, ...]:
    patients = [case.patient_key for case in cases]

    def mean(name: str, layer: str, which: int) -> Estimate:
        return mean_over_cases(name, [alike[layer][which] for alike in likeness], patients, symmetric)

    return tuple(
        RandomisedLayers(layer=layer, rank_correlation=mean("rank correlation", layer, 0), similarity=mean("SSIM", layer, 1))
        for layer in likeness[0]
    )


def _depends(last: Estimate) -> bool | None:
    return None if last.upper is None else last.upper <= LIKE_AT_MOST
