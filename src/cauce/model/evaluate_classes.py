"""What the test partition says of a model that classifies."""

from pathlib import Path

from cauce.domain.cohort import Cohort
from cauce.domain.progress import Progress
from cauce.domain.split import Partition, Split
from cauce.metrics.binary import binary_metrics
from cauce.model.findings import Findings
from cauce.model.predictions import write_predictions
from cauce.model.scoring import Images, cases_of, partition_rows, score_rows
from cauce.model.subgroups import subgroups
from cauce.model.worst_images import Answered, worst_images
from cauce.predictor.bundle import Bundle
from cauce.predictor.predictor import Predictor
from cauce.predictor.runtime import Engine
from cauce.store.workspace import Workspace


def class_findings(
    workspace: Workspace, cohort: Cohort, split: Split, bundle: Bundle, engine: Engine, *, data_root: Path | None,
    progress: Progress,
) -> Findings:
    """Predict every labelled instance of the test partition, image by image as the service does it.

    Raises:
        IntegrityError: an image was changed since it was indexed.
    """
    rows = partition_rows(workspace, cohort, split, Partition.TEST)
    if not rows:
        return Findings.nothing()
    predictor, images = Predictor(bundle, engine), Images.of(workspace, cohort, data_root)
    scored = score_rows(rows, cohort, predictor.predict, contract=bundle.contract, images=images, progress=progress)
    cases, threshold = cases_of(scored), bundle.decision_point().threshold
    answered = [
        Answered(each.row, abs(each.score - each.positive), f"{each.row.label}: {each.score:.3f}")
        for each in scored if each.probability is not None
    ]
    return Findings(
        n_patients=cases.n_patients, n_instances=len(cases), n_positive=int(cases.positive.sum()),
        missing=sum(each.probability is None for each in scored), metrics=binary_metrics(cases, threshold),
        subgroups=subgroups(scored, threshold), table=write_predictions(workspace, scored, threshold),
        pictures=worst_images(workspace, answered, images),
    )
