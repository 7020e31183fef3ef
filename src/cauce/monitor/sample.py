"""Reference and window as samples of independent patients, in the same variables."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from cauce.domain.errors import InputError
from cauce.domain.monitoring import ReferenceDistribution
from cauce.domain.record import canonical_json, sha256_hex
from cauce.domain.result import Decision
from cauce.store.result_log import LoggedResult

Numbers = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Sample:
    """One row for each patient.

    Attributes:
        acquisition: tag → (patients,) text.
        image: descriptor → (patients,) numbers.
        score: (patients,) probability of the model.
    """

    acquisition: dict[str, NDArray[np.str_]]
    image: dict[str, Numbers]
    score: Numbers

    def __len__(self) -> int:
        return len(self.score)

    def take(self, rows: NDArray[np.intp]) -> "Sample":
        """The patients at these positions."""
        return Sample(
            acquisition={name: values[rows] for name, values in self.acquisition.items()},
            image={name: values[rows] for name, values in self.image.items()},
            score=self.score[rows],
        )


@dataclass(frozen=True, eq=False)
class Window:
    """Results of a span of time.

    Attributes:
        sample: the first analysed study of each patient.
        n_patients: patients with any study, analysed or refused.
        refusals: code → patients whose first study was refused for it.
        digest: of the ids of all results; the same results are the same window.
    """

    sample: Sample
    n_studies: int
    n_patients: int
    refusals: dict[str, int]
    start: datetime | None
    end: datetime | None
    digest: str


def reference_sample(reference: ReferenceDistribution) -> Sample:
    """The reference as arrays.

    Raises:
        InputError: it is empty, or a variable has not one value for each patient.
    """
    n = len(reference.score)
    columns = {**reference.acquisition, **reference.image}
    uneven = sorted(name for name, values in columns.items() if len(values) != n)
    if not n or uneven:
        raise InputError(
            "the reference distribution is not one row for each patient", where=", ".join(uneven) or "score",
            expected=f"{n or 'at least 1'} values", remedy="Build the model again; its bundle holds the reference.",
        )
    return Sample(
        acquisition={name: np.asarray(values, dtype=np.str_) for name, values in reference.acquisition.items()},
        image={name: np.asarray(values, dtype=np.float64) for name, values in reference.image.items()},
        score=np.asarray(reference.score, dtype=np.float64),
    )


def window_of(results: Sequence[LoggedResult], reference: ReferenceDistribution) -> Window:
    """Take one row for each patient out of logged results, in the variables of `reference`; a missing tag reads "unknown".

    Raises:
        InputError: results of more than one model, or an analysed study without one of the reference's descriptors.
    """
    models = sorted({item.model_digest[:12] for item in results})
    if len(models) > 1:
        raise InputError("the window mixes models", where="window", expected="results of one model", got=", ".join(models))
    ordered = sorted(results, key=lambda item: (item.at, item.id))
    first: dict[str, LoggedResult] = {}
    analysed: dict[str, LoggedResult] = {}
    for item in ordered:
        first.setdefault(item.patient, item)
        if item.decision is not Decision.REFUSED:
            analysed.setdefault(item.patient, item)
    return Window(
        sample=_sample(list(analysed.values()), reference),
        n_studies=len(ordered),
        n_patients=len(first),
        refusals=dict(Counter(item.refusal for item in first.values() if item.decision is Decision.REFUSED).most_common()),
        start=ordered[0].at if ordered else None,
        end=ordered[-1].at if ordered else None,
        digest=sha256_hex(canonical_json(sorted(item.id for item in ordered))),
    )


def _sample(rows: list[LoggedResult], reference: ReferenceDistribution) -> Sample:
    missing = sorted(name for name in reference.image if any(name not in row.image for row in rows))
    if missing:
        raise InputError(
            "analysed studies were logged without image descriptors", where=", ".join(missing),
            remedy="Check the release that wrote them.",
        )
    return Sample(
        acquisition={
            tag: np.asarray([row.acquisition.get(tag, "unknown") for row in rows], dtype=np.str_)
            for tag in reference.acquisition
        },
        image={name: np.asarray([row.image[name] for row in rows], dtype=np.float64) for name in reference.image},
        score=np.asarray([row.probability for row in rows], dtype=np.float64),
    )
