"""A seeded table without images: findings that go together, views and ages that depend on them, patients of many images."""

from collections.abc import Sequence

import numpy as np

from cauce.domain.cohort import Cohort, CohortSpec
from cauce.domain.study import Acquisition, InstanceRow, Sex

_FINDINGS = tuple(f"finding {number:02d}" for number in range(14))
_NONE = "none"


def metadata_rows(images: int, *, seed: int) -> list[InstanceRow]:
    """About `images` rows, three to four for each patient."""
    rng = np.random.default_rng(seed)
    shares = np.geomspace(0.18, 0.002, len(_FINDINGS))
    acquisitions: dict[tuple[bool, bool, int], Acquisition] = {}
    rows: list[InstanceRow] = []
    patient = 0
    while len(rows) < images:
        female, frailty = bool(rng.random() < 0.44), float(rng.gamma(1.0))
        age = int(min(max(rng.normal(47, 17), 0), 95))
        for _ in range(min(1 + int(rng.pareto(1.3)), 180)):
            hits = rng.random(len(_FINDINGS)) < shares * frailty
            found = tuple(name for name, hit in zip(_FINDINGS, hits, strict=True) if hit)
            key = (female, bool(rng.random() < min(0.25 * frailty, 0.9)), age)
            if key not in acquisitions:
                sex, view = Sex.FEMALE if female else Sex.MALE, "AP" if key[1] else "PA"
                acquisitions[key] = Acquisition(sex=sex, view=view, age_years=age)
            number = len(rows)
            rows.append(InstanceRow.model_construct(
                path=f"{number:08d}", file_sha256=None, pixel_sha256=None, patient_key=f"P{patient:016x}",
                study_instance_uid=f"2.25.1.{number}", series_instance_uid=f"2.25.2.{number}",
                sop_instance_uid=f"2.25.3.{number}", rows=None, columns=None, acquisition=acquisitions[key], statistics=None,
                label=found[0] if found else _NONE, labels=found or (_NONE,),
            ))
        patient += 1
    return rows


def cohort_of(rows: Sequence[InstanceRow]) -> Cohort:
    """A header that stands in no store."""
    spec = CohortSpec.model_validate({
        "description": "synthetic", "licence": "CC0", "source": {"kind": "phantom", "patients": 10},
        "reference": {"positive": _FINDINGS, "negative": [_NONE], "source": "drawn",
                      "finding": {"scheme": "SCT", "value": "404684003", "meaning": "Clinical finding"}},
        "split": {"balance": ["label", "sex", "age_band", "view"]},
    })
    return Cohort(name="synthetic", spec=spec, table_sha256="0" * 64, n_instances=len(rows), n_studies=len(rows),
                  n_patients=len({row.patient_key for row in rows}), exclusions=(), pixels_read=False, cauce_version="0")
