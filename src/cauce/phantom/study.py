"""Digital patients and their studies: everything that decides an image, drawn before anything is drawn on a detector."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cauce.phantom.anatomy import Anatomy, draw_anatomy
from cauce.phantom.frame import Frame, Grid, Pose
from cauce.phantom.lesion import Lesion, draw_lesion
from cauce.phantom.seeding import generator
from cauce.phantom.vendor import MACHINES, Machine, Vendor

ORIGINS = ("Hospital Valdecauce", "Larkmoor Infirmary")
"""Two invented institutions."""

_VENDOR_SHARE = ((0.45, 0.30, 0.25), (0.25, 0.35, 0.40))
_SUPINE_SHARE = (0.22, 0.32)
_ABNORMAL_SHARE = 0.5
_KVP = {"PA": (110, 115, 120, 125), "AP": (85, 90, 95, 100)}


@dataclass(frozen=True)
class DigitalStudy:
    """One visit of one patient: one frontal chest radiograph.

    Attributes:
        seed, patient, number: identify it; every random draw of its image is a function of these.
        rows: detector rows asked for; the vendor's own matrix is in `grid`.
        origin: index into `ORIGINS`.
        lesion: None in a normal study.
        exposure_gain: dose against the average.
        window_jitter: (black, white) the operator's or machine's deviation, share of the shown range.
    """

    seed: int
    patient: int
    number: int
    rows: int
    anatomy: Anatomy
    vendor: Vendor
    origin: int
    view: str
    first_date: datetime.date
    date: datetime.date
    pose: Pose
    inspiration: float
    lesion: Lesion | None
    kvp: float
    exposure_gain: float
    window_jitter: tuple[float, float]

    @property
    def machine(self) -> Machine:
        """The vendor's row of the table."""
        return MACHINES[self.vendor]

    @property
    def age_years(self) -> int:
        """Age on the day of the study."""
        return self.anatomy.age_years + (self.date - self.first_date).days // 365

    @property
    def supine(self) -> bool:
        """AP, taken in bed."""
        return self.view == "AP"

    @property
    def frame(self) -> Frame:
        """Detector and pose."""
        height, width = self.machine.field_mm
        rows = round(self.rows * self.machine.row_factor)
        return Frame(Grid(rows, round(rows * width / height), height / rows), self.pose)

    def rng(self, purpose: str) -> np.random.Generator:
        """Randomness that changes from study to study."""
        return generator(purpose, self.seed, self.patient, self.number)

    def patient_rng(self, purpose: str) -> np.random.Generator:
        """Randomness that a patient keeps in all studies."""
        return generator(purpose, self.seed, self.patient)


def draw_patient(seed: int, patient: int, *, rows: int, vendors: Sequence[Vendor] | None = None) -> list[DigitalStudy]:
    """All studies of one patient, oldest first.

    Args:
        seed, patient: decide everything.
        rows: detector rows asked for.
        vendors: makes of the machines; None takes the three normal vendors in each origin's own proportions.
    """
    rng = generator("patient", seed, patient)
    anatomy = draw_anatomy(generator("anatomy", seed, patient))
    origin = int(rng.random() < 0.45)
    abnormal = bool(rng.random() < _ABNORMAL_SHARE)
    count = int(rng.choice([1, 2, 3], p=[0.78, 0.16, 0.06]))
    first_abnormal = int(rng.integers(0, count)) if rng.random() < 0.3 else 0
    first = date = datetime.date(2023, 1, 9) + datetime.timedelta(days=int(rng.integers(0, 700)))
    studies: list[DigitalStudy] = []
    for number in range(count):
        study_rng = generator("study", seed, patient, number)
        view = "AP" if study_rng.random() < _SUPINE_SHARE[origin] else "PA"
        inspiration = float(np.clip(study_rng.normal(0.98 if view == "PA" else 0.86, 0.045), 0.70, 1.06))
        lesion = None
        if abnormal and number >= first_abnormal:
            lesion = draw_lesion(generator("lesion", seed, patient), anatomy, inspiration=inspiration)
        studies.append(DigitalStudy(
            seed=seed, patient=patient, number=number, rows=rows, anatomy=anatomy, origin=origin, view=view,
            first_date=first, date=date,
            vendor=_draw_vendor(study_rng, origin, vendors), pose=_draw_pose(study_rng, anatomy, view),
            inspiration=inspiration, lesion=lesion, kvp=float(study_rng.choice(_KVP[view])),
            exposure_gain=float(study_rng.lognormal(0, 0.25)),
            window_jitter=(float(study_rng.normal(0, 0.07)), float(study_rng.normal(0, 0.07))),
        ))
        date += datetime.timedelta(days=int(study_rng.integers(3, 400)))
    return studies


def _draw_vendor(rng: np.random.Generator, origin: int, vendors: Sequence[Vendor] | None) -> Vendor:
    if vendors is not None:
        return vendors[int(rng.integers(0, len(vendors)))]
    return (Vendor.NORTHLIGHT, Vendor.MERIDIAN, Vendor.CASTELLAN)[int(rng.choice(3, p=_VENDOR_SHARE[origin]))]


def _draw_pose(rng: np.random.Generator, anatomy: Anatomy, view: str) -> Pose:
    loose = 1.0 if view == "PA" else 1.8
    return Pose(
        shift_mm=(float(rng.normal(0, 5)) * loose, float(rng.normal(4, 7)) * loose),
        tilt=float(rng.normal(0, 0.012)) * loose, curve_mm=anatomy.scoliosis,
        magnification=(1.06 if view == "PA" else 1.13) * float(rng.normal(1, 0.012)),
    )
