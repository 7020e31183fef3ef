"""Result → one printed page: study header, image beside its heat map, probability, findings, provenance and limits."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cauce.clinical.chest_xray.texts import ClinicalTexts, clinical_texts
from cauce.domain.estimate import Estimate
from cauce.domain.model import ModelContract
from cauce.domain.result import Decision, Finding, InstanceResult, Result
from cauce.report.heat_map import Picture, colour_map, original_picture, overlay_picture
from cauce.report.printable import printable
from cauce.report.study_header import StudyHeader
from cauce.report.texts import ReportTexts, report_texts
from cauce.report.typst_adapter import render_pdf
from cauce.store.settings import Language

_TEMPLATE = "chest_radiograph.typ"
_SHORT_DIGEST = 16
_MOST_DIGITS = 6


@dataclass(frozen=True)
class ModelStatement:
    """What the report says about the model besides its identity.

    Attributes:
        intended_use: the developer's sentence, printed as it is.
        contract: what the model accepts.
    """

    intended_use: str
    contract: ModelContract


@dataclass(frozen=True)
class _Words:
    """Both text tables of one language."""

    report: ReportTexts
    clinical: ClinicalTexts

    def number(self, value: float, digits: int) -> str:
        return f"{value:.{digits}f}".replace(".", self.report.decimal)

    def probability(self, value: float, digits: int = 2) -> str:
        """Rounded, but never to a certainty: `> 0.99`, `< 0.01`."""
        step = 10.0 ** -digits
        if value < 1 and round(value, digits) >= 1:
            return f"> {self.number(1 - step, digits)}"
        return f"< {self.number(step, digits)}" if value > 0 and round(value, digits) <= 0 else self.number(value, digits)


def write_pdf(
    result: Result, images: Mapping[str, NDArray[np.float32]], header: StudyHeader, *,
    language: Language, statement: ModelStatement, created: datetime | None = None,
) -> bytes:
    """The report of one study on one A4 page; the same arguments give the same bytes.

    Args:
        result: of any decision; a refused study gets a page that says why.
        images: display-oriented pixels, float32 (rows, columns), by SOP Instance UID; a missing one leaves its place empty.
        header: printed and not kept.
        statement: intended use and accepted input of the model.
        created: makes the file PDF/A-2b with this date; None leaves the date out.
    """
    words = _Words(report_texts(language), clinical_texts(language))
    lead = result.leading()
    data = {
        "language": language.value, "decision": result.decision.value, "header": _header(header, words),
        "texts": _labels(words, result.decision),
        "pictures": _pictures(result, lead, images.get(lead.sop_instance_uid)),
        "score": _score(result, words),
        "findings": [_finding(item, lead, words, _digits(result)) for item in lead.findings if item.present],
        "refusal": words.clinical.refusal(lead.refusal) if lead.refusal else "",
        "quality": _quality(result, lead, words), "model": _model(result, lead, words),
        "use": [printable_long(statement.intended_use), _accepted(statement.contract, words)],
        "trace": result.digest()[:_SHORT_DIGEST],
    }
    return render_pdf(_TEMPLATE, data, created=created)


def printable_long(text: str) -> str:
    """`printable` for a paragraph: sentence by sentence, so that its limit does not cut a paragraph."""
    return " ".join(printable(part) for part in text.replace("\n", " ").split(" "))


def _labels(words: _Words, decision: Decision) -> dict[str, str]:
    texts = words.report
    labels = {name: value for name, value in vars(texts).items() if isinstance(value, str)}
    labels["overlay"] = texts.overlay if decision is Decision.POSITIVE else texts.overlay_negative
    return labels


def _header(header: StudyHeader, words: _Words) -> list[list[str]]:
    """Label and value, in reading order of two columns."""
    texts = words.report
    rows = [
        (texts.imaging_centre, header.imaging_centre), (texts.patient_name, header.patient_name),
        (texts.modality, header.modality), (texts.patient_id, header.patient_id),
        (texts.study_description, header.study_description), (texts.sex, texts.sexes.get(header.sex.upper()[:1], header.sex)),
        (texts.study_date, _date(header.study_date, texts)), (texts.birth_date, _date(header.birth_date, texts)),
    ]
    return [[label, printable(value)] for label, value in rows]


def _date(value: str, texts: ReportTexts) -> str:
    """`14 Mar 2026`; a value that is no DICOM date is printed as it stands."""
    digits = value.replace(".", "")
    if len(digits) != 8 or not digits.isascii() or not digits.isdigit() or not 1 <= int(digits[4:6]) <= 12:
        return value
    return f"{int(digits[6:])} {texts.months[int(digits[4:6]) - 1]} {digits[:4]}"


def _pictures(result: Result, lead: InstanceResult, pixels: NDArray[np.float32] | None) -> dict[str, Any]:
    scale = ["#" + colour_map()[index].tobytes().hex() for index in range(0, 256, 51)]
    if pixels is None:
        return {"original": None, "overlay": None, "scale": scale}
    overlay = None if result.decision is Decision.REFUSED else _svg(overlay_picture(pixels, lead, result.operating_point))
    return {"original": _svg(original_picture(pixels)), "overlay": overlay, "scale": scale}


def _svg(picture: Picture) -> dict[str, Any]:
    """Typst takes text inputs only: the PNG travels inside an SVG."""
    encoded = base64.b64encode(picture.png).decode("ascii")
    size = f'width="{picture.columns}" height="{picture.rows}"'
    image = f'<image {size} href="data:image/png;base64,{encoded}"/>'
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{image}</svg>'
    return {"svg": svg, "aspect": picture.rows / picture.columns}


def _score(result: Result, words: _Words) -> dict[str, Any]:
    threshold, digits = result.operating_point.threshold, _digits(result)
    return {
        "value": result.probability, "threshold": threshold,
        "text": "" if result.probability is None else words.probability(result.probability, digits),
        "cut_off": words.report.cut_off.format(threshold=words.number(threshold, digits)),
        "decision": words.report.decisions[result.decision], "grounds": words.report.grounds[result.decision],
    }


def _digits(result: Result) -> int:
    """Two digits, or as many as it takes that the printed numbers agree with the decision."""
    value, threshold = result.probability, result.operating_point.threshold
    for digits in range(2, _MOST_DIGITS):
        shown = round(threshold, digits)
        is_told_apart = value is None or value == threshold or round(value, digits) != shown
        if is_told_apart and (shown > 0 or threshold == 0):
            return digits
    return _MOST_DIGITS


def _finding(finding: Finding, lead: InstanceResult, words: _Words, digits: int) -> list[str]:
    """Name, probability, side, zone, position."""
    place = finding.place
    name, probability = printable(words.clinical.finding(finding.code)), words.probability(finding.probability, digits)
    if place is None:
        return [name, probability, "–", "–", "–"]
    if place.centre_mm is not None:
        position = f"{place.centre_mm[0]:.0f} / {place.centre_mm[1]:.0f} mm"
    else:
        position = f"{100 * place.centre[0] / lead.columns:.0f} / {100 * place.centre[1] / lead.rows:.0f} %"
    return [name, probability, words.clinical.sides[place.side], words.clinical.zones[place.zone], position]


def _quality(result: Result, lead: InstanceResult, words: _Words) -> list[str]:
    """Facts about the image, and what the gate could not check because the file does not say."""
    texts, acquisition = words.report, lead.acquisition
    facts = []
    if lead.rows:
        facts.append(texts.matrix.format(columns=lead.columns, rows=lead.rows))
    if acquisition.pixel_spacing_mm is not None:
        facts.append(f"{words.number(acquisition.pixel_spacing_mm[0], 2)} mm/px")
    if acquisition.bits_stored is not None:
        facts.append(f"{acquisition.bits_stored} bit")
    tags = (acquisition.modality, acquisition.view, acquisition.vendor, acquisition.model)
    facts += [value for value in tags if value != "unknown"]
    if lead.statistics is not None:
        percent = round(100 * (lead.statistics.p99 - lead.statistics.p01))
        facts.append(texts.range_used.format(percent=percent))
    lines = [" · ".join(printable(fact) for fact in facts)]
    checks = [
        (texts.modality, acquisition.modality == "unknown"), (texts.body_part, acquisition.body_part == "unknown"),
        (texts.view, acquisition.view == "unknown"), (texts.age, acquisition.age_years is None),
    ]
    missing = [label.lower() for label, absent in checks if absent]
    if missing and lead.rows:
        lines.append(texts.stated.format(items=", ".join(missing)))
    if len(result.instances) > 1:
        analysed = sum(item.decision is not Decision.REFUSED for item in result.instances)
        lines.append(texts.images.format(analysed=analysed, total=len(result.instances)))
    return [line for line in lines if line]


def _model(result: Result, lead: InstanceResult, words: _Words) -> list[str]:
    texts, provenance, point = words.report, lead.provenance, result.operating_point
    version = texts.not_registered if provenance.model_version is None else f"{texts.version} {provenance.model_version}"
    return [
        f"{provenance.model_name}, {version} · {texts.digest} {provenance.model_digest[:_SHORT_DIGEST]}",
        texts.on_tuning.format(
            threshold=words.number(point.threshold, _digits(result)), sensitivity=_estimate(point.sensitivity, words),
            specificity=_estimate(point.specificity, words),
        ),
        f"cauce {provenance.cauce_version} · {provenance.engine}",
    ]


def _estimate(estimate: Estimate, words: _Words) -> str:
    name = words.report.metrics.get(estimate.name, estimate.name)
    if estimate.value is None or estimate.lower is None or estimate.upper is None:
        return f"{name} –"
    low, high = words.number(estimate.lower, 2), words.number(estimate.upper, 2)
    return f"{name} {words.number(estimate.value, 2)} [{low}–{high}]"


def _accepted(contract: ModelContract, words: _Words) -> str:
    texts, low, high = words.report, contract.minimum_age_years, contract.maximum_age_years
    limits = [f"≥ {low:g}"] if low is not None else []
    limits += [f"≤ {high:g}"] if high is not None else []
    age = f"{texts.age} {', '.join(limits)} {texts.years}" if limits else texts.any_age
    parts = [", ".join(contract.modalities), ", ".join(contract.body_parts), ", ".join(contract.views), age]
    return f"{texts.accepts}: " + " · ".join(printable(part) for part in parts if part)
