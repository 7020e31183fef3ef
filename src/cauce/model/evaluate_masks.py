"""What the test partition says of a model that segments."""

from pathlib import Path

from cauce.domain.cohort import Cohort
from cauce.domain.model import StoredPicture
from cauce.domain.progress import Progress
from cauce.domain.split import Partition, Split
from cauce.model.case_measures import write_measures
from cauce.model.case_pictures import WorstCases, cases_png
from cauce.model.findings import Findings
from cauce.model.mask_metrics import mask_metrics, mask_subgroups
from cauce.model.segmenting import MaskedCases, MeasuredCase, measure_cases
from cauce.predictor.bundle import Bundle
from cauce.predictor.runtime import Engine
from cauce.predictor.segmentation import Segmenter
from cauce.store.workspace import Workspace

_SHOWN = 20


def mask_findings(
    workspace: Workspace, cohort: Cohort, split: Split, bundle: Bundle, engine: Engine, *, data_root: Path | None,
    progress: Progress,
) -> Findings:
    """Segment every case of the test partition and measure it.

    Raises:
        IntegrityError: a file was changed since it was indexed.
    """
    segmenter, classes = Segmenter.of(bundle, engine), bundle.contract.reference.classes
    test = MaskedCases.of(workspace, cohort, split, Partition.TEST, data_root)
    worst = WorstCases(bundle.contract.volume_recipe(), _SHOWN)
    cases = measure_cases(test, segmenter, see=worst.see, progress=progress)
    if not cases:
        return Findings.nothing()
    return Findings(
        n_patients=len({case.row.patient_key for case in cases}), n_instances=len(cases),
        n_positive=sum(any(each.reference_ml > 0 for each in case.classes) for case in cases),
        missing=sum(bool(case.reason) for case in cases), metrics=mask_metrics(cases, classes), subgroups=mask_subgroups(cases),
        table=write_measures(workspace, cases, classes), pictures=_pictures(workspace, cases, worst, classes),
    )


def _pictures(
    workspace: Workspace, cases: list[MeasuredCase], worst: WorstCases, classes: tuple[str, ...]
) -> tuple[StoredPicture, ...]:
    drawn = worst.cases()
    if not drawn:
        return ()
    caption = (
        f"The {len(drawn)} cases of {len(cases)} with the lowest Dice: of each the slice in which reference and prediction "
        "differ most."
    )
    return (StoredPicture(file="worst.png", caption=caption, sha256=workspace.arrays.put_bytes(cases_png(drawn, classes))),)
