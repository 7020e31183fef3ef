"""The page of an explanation: what the maps are worth first, then a picture of each case."""

from pathlib import Path

from cauce.domain.explanation import ExplainedCase, ExplanationMethod, ExplanationReport
from cauce.model.html import page
from cauce.model.words import Picture, Section, Table
from cauce.store.atomic import write_bytes
from cauce.store.workspace import Workspace

HTML, JSON = "explanations.html", "explanations.json"

METHOD_WORDS = {
    ExplanationMethod.GRAD_CAM: "Grad-CAM (Selvaraju et al. 2017)",
    ExplanationMethod.GRAD_CAM_PP: "Grad-CAM++ (Chattopadhay et al. 2018)",
    ExplanationMethod.INTEGRATED_GRADIENTS: "integrated gradients (Sundararajan et al. 2017)",
    ExplanationMethod.OCCLUSION: "occlusion (Zeiler and Fergus 2014)",
}


def explanation_folder(workspace: Workspace, report: ExplanationReport) -> Path:
    """Where the page and pictures lie."""
    return workspace.root / "reports" / f"{report.name}-{report.model[:12]}" / f"explain-{report.method.value}"


def write_page(folder: Path, report: ExplanationReport) -> Path:
    """Write page and record beside the pictures, and return the page."""
    write_bytes(folder / JSON, report.model_dump_json(indent=1).encode())
    write_bytes(folder / HTML, page(f"Where {report.name} looks", _sections(report)).encode())
    return folder / HTML


def verdict(report: ExplanationReport) -> str:
    """What the sanity check says, in a sentence."""
    last = report.cascade[-1].rank_correlation
    if report.depends_on_weights is None:
        return f"Sanity check: insufficient data ({last.note})."
    told = f"with all weights random, the rank correlation with these maps is {last.text(2)}"
    if report.depends_on_weights:
        return f"Sanity check passed: {told}: the maps show what the network learned."
    return f"Sanity check FAILED: {told}: much of these maps is the image itself. Do not read them as the network's reasons."


def _sections(report: ExplanationReport) -> list[Section]:
    rows = tuple((step.layer, step.rank_correlation.text(2), step.similarity.text(2)) for step in report.cascade)
    pointing = report.pointing_game
    note = f"; {pointing.note}" if pointing.value is not None and pointing.note else ""
    patients = len({case.patient_key for case in report.cases})
    cases = [Section(f"{number}. {case.instance}", (Picture(case.picture, _caption(case)),))
             for number, case in enumerate(report.cases, 1)]
    return [
        Section("What these maps are worth", (
            f"{METHOD_WORDS[report.method]}: {report.settings}. {len(report.cases)} images of {patients} patients of the tune "
            f"partition, drawn with seed {report.seed}; the test partition stays closed. Model {report.name}, digest "
            f"{report.model[:12]}. Each member of the ensemble is explained by itself; the map is the mean.",
            verdict(report),
            f"Pointing game: {pointing.text()}{note}. Only images with a marked place count.",
            "A map shows where the answer comes from. It proves neither that the answer is right nor that it is right for the "
            "reason a reader would give.",
        )),
        Section("Maps of randomised networks", (
            "Weights become random from the head downwards, cumulatively (Adebayo et al. 2018). A map that depends on what was "
            "learned loses its likeness to the first: a rank correlation near 0.",
            Table(("Random down to", "Rank correlation", "SSIM"), rows),
        )),
        *cases,
    ]


def _caption(case: ExplainedCase) -> str:
    place = "" if case.hit is None else " Outline: the marked place."
    return f"Reference: {case.label}. Map for: {case.explained}, probability {case.probability:.3f}.{place} Cross: peak."
