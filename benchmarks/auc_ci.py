"""`cauce bench auc-ci`: the 95 % interval of an AUC, by DeLong and by a bootstrap of patients, against a scikit-learn loop.

python benchmarks/auc_ci.py [--cases 10000] [--resamples 2000] [--repeats 5] [--json]

Seeded scores with ties, one case per patient. Checked first: the area is scikit-learn's to 1e-12, DeLong's variance is that of
all m × k comparisons to 1e-12, and both intervals agree with the loop's to 0.003. The limit is one sort of the scores.
Exit code 1 when a number differs.
"""

from protocol.threads import COUNT  # isort: skip  # before NumPy

import argparse
import json
import sys
from typing import Any

import numpy as np
from protocol.machine import machine
from protocol.rounds import Bench, measure
from protocol.told import text
from sklearn.metrics import roc_auc_score

from cauce.metrics.bootstrap import Resampling
from cauce.metrics.cases import Cases
from cauce.metrics.delong import auc, linearised_auc
from cauce.metrics.discrimination import bootstrap_auc

_SEED = 0
_PEER = "scikit-learn loop"


def main() -> int:
    """Make the scores, check correctness, time, print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--resamples", type=int, default=2_000)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    cases, resampling = _cases(arguments.cases), Resampling(arguments.resamples)
    is_correct = _is_correct(cases, resampling)
    what = f"{len(cases)} cases, {len(np.unique(cases.score))} distinct scores"
    loop = {_PEER: lambda: _loop(cases, arguments.resamples)}
    shared: dict[str, Any] = {
        "limit": lambda: np.argsort(cases.score, kind="stable"), "peers": loop, "not_installed": (), "wrong_peers": {},
        "correct": is_correct,
    }
    told = f"{what} → AUC with DeLong's interval; the loop draws {arguments.resamples} resamples"
    delong = Bench(name="auc-ci", workload=told,
                   ours=lambda: auc(cases), goals={(_PEER,): 1000.0}, limit_goal=8.0, **shared)
    drawn = Bench(name="auc-ci bootstrap", workload=f"{what} → AUC with {arguments.resamples} resamples of patients",
                  ours=lambda: bootstrap_auc(cases, resampling=resampling), goals={(_PEER,): 30.0}, limit_goal=float("inf"),
                  **shared)
    facts = {"seed": _SEED, "threads": COUNT, "machine": machine(("cauce", "numpy", "scipy", "scikit-learn"))}
    document = measure(delong, repeats=arguments.repeats, attempts=1) | facts
    second = measure(drawn, repeats=max(1, arguments.repeats // 2), attempts=1)
    second.pop("goals", None)
    if is_correct:
        second["goals"] = [{"against": _PEER, "at_least": 30.0, "ratio": second["ratio_best_peer"],
                            "met": second["ratio_best_peer"] >= 30.0 if arguments.repeats >= 5 else None}]
    document["bootstrap"] = second
    print(json.dumps(document) if arguments.json else f"{text(document)}\n{text(second | facts)}")
    return 0 if is_correct else 1


def _cases(n: int) -> Cases:
    random = np.random.default_rng(_SEED)
    positive = random.random(n) < 0.3
    return Cases.of(positive, np.round(random.normal(size=n) + 1.2 * positive, 2))


def _loop(cases: Cases, resamples: int) -> tuple[float, float]:
    """What most people write: draw rows, ask scikit-learn, take percentiles."""
    random, values = np.random.default_rng(_SEED), []
    for _ in range(resamples):
        rows = random.integers(len(cases), size=len(cases))
        values.append(roc_auc_score(cases.positive[rows], cases.score[rows]))
    low, high = np.percentile(values, [2.5, 97.5])
    return float(low), float(high)


def _is_correct(cases: Cases, resampling: Resampling) -> bool:
    area = linearised_auc(cases)
    x, y = cases.score[cases.positive], cases.score[~cases.positive]
    of_positives = np.array([((value > y) + 0.5 * (value == y)).mean() for value in x])
    of_negatives = np.array([((x > value) + 0.5 * (x == value)).mean() for value in y])
    variance = of_positives.var(ddof=1) / len(x) + of_negatives.var(ddof=1) / len(y)
    wanted = roc_auc_score(cases.positive, cases.score)
    ends = [(found.lower, found.upper) for found in (auc(cases), bootstrap_auc(cases, resampling=resampling))]
    limits = _loop(cases, min(resampling.resamples, 500))
    return bool(
        abs(area.value - wanted) <= 1e-12 and abs(area.variance / variance - 1) <= 1e-12
        and np.allclose(ends, limits, atol=0.003 * (10_000 / len(cases)) ** 0.5)
    )


if __name__ == "__main__":
    sys.exit(main())
