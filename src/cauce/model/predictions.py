"""The table of per-instance predictions of an evaluation: a CSV file in the store, by digest."""

import csv
import io
from collections.abc import Sequence

from cauce.domain.record import Digest
from cauce.metrics.cases import Cases
from cauce.model.scoring import ScoredRow
from cauce.store.workspace import Workspace

_COLUMNS = ("instance", "patient_key", "sop_instance_uid", "reference", "probability", "called", "reason")


def write_predictions(workspace: Workspace, scored: Sequence[ScoredRow], threshold: float) -> Digest:
    """One row for each instance; `probability` is empty for a missing prediction, which counts as wrong."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for each in scored:
        probability = "" if each.probability is None else repr(each.probability)
        writer.writerow((
            each.row.path, each.row.patient_key, each.row.sop_instance_uid, int(each.positive), probability,
            int(each.score >= threshold), each.reason,
        ))
    return workspace.arrays.put_bytes(stream.getvalue().encode())


def read_predictions(workspace: Workspace, digest: Digest) -> Cases:
    """Reference, score and patient of a stored table, missing predictions scored as the worst answer."""
    rows = list(csv.DictReader(io.StringIO(workspace.arrays.read(digest).decode())))
    positive = [row["reference"] == "1" for row in rows]
    score = [float(row["probability"]) if row["probability"] else float(not reference)
             for row, reference in zip(rows, positive, strict=True)]
    return Cases.of(positive, score, [row["patient_key"] for row in rows])
