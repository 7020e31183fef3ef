"""Results of single images → `predictions.csv`."""

import csv
import io
from collections.abc import Iterable

from cauce.domain.model import OperatingPoint
from cauce.domain.result import InstanceResult

COLUMNS = (
    "instance", "patient_key", "sop_instance_uid", "probability", "threshold", "decision", "reason", "side", "zone",
    "model_name", "model_version", "model_digest",
)


def predictions_csv(results: Iterable[InstanceResult], operating_point: OperatingPoint) -> bytes:
    """One row for each image; probabilities keep all digits, what does not apply stays empty."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(_row(result, operating_point) for result in results)
    return text.getvalue().encode("utf-8")


def _row(result: InstanceResult, operating_point: OperatingPoint) -> list[str]:
    places = [finding.place for finding in result.findings if finding.present and finding.place is not None]
    side, zone = (places[0].side.value, places[0].zone.value) if places else ("", "")
    provenance = result.provenance
    return [
        result.instance, result.patient_key, result.sop_instance_uid,
        "" if result.probability is None else repr(result.probability), repr(operating_point.threshold), result.decision.value,
        result.refusal.reason if result.refusal else "", side, zone, provenance.model_name,
        "" if provenance.model_version is None else str(provenance.model_version), provenance.model_digest,
    ]
