"""`cauce bench split`: joint balance of a split of many patients, beside scikit-learn's splitters and random patients.

python benchmarks/split.py [--images 500000 | --workspace DIR --cohort NAME] [--repeats 1] [--json]

A seeded table of patients with several findings, sex, age band and view, some patients with dozens of images; or a cohort that
was indexed before, by the strata of its own policy. Every method keeps patients whole. Told: seconds, and the largest deviation
of a share of at least 1 %, of images or patients, from the cohort.
Exit code 1 when cauce deviates by more than 0.1 percentage points, or a partition's size by more than 0.1 %.
"""

from protocol.threads import COUNT  # isort: skip  # before NumPy

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from protocol.machine import machine
from protocol.metadata_rows import cohort_of, metadata_rows
from sklearn.model_selection import GroupShuffleSplit, StratifiedGroupKFold

from cauce.dataset.balance_table import balance_table, size_table
from cauce.dataset.split import make_split
from cauce.domain.cohort import Cohort
from cauce.domain.split import INTERNAL, Split
from cauce.domain.study import InstanceRow
from cauce.store.cohort_table import read_rows
from cauce.store.cohorts import cohort_named
from cauce.store.workspace import Workspace

_GOAL_POINTS = 0.1


def main() -> int:
    """Make the table, split it by every method, print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--images", type=int, default=112_000)
    parser.add_argument("--workspace", type=Path, help="of an indexed cohort, instead of the synthetic table")
    parser.add_argument("--cohort", default="")
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    rows, cohort = _table(arguments)
    keys = np.asarray([row.patient_key for row in rows])
    patients = np.unique(keys)
    groups = [(str(key),) for key in patients]
    label = np.unique([row.label or "|".join(row.labels) for row in rows], return_inverse=True)[1]
    ours = make_split(rows, groups, cohort)

    def of(train: Any, tune: Any, test: Any) -> Split:
        parts = {"train": train, "tune": tune, "test": test}
        named = {name: tuple(str(key) for key in part) for name, part in parts.items()}
        folds = tuple(tuple(each) for each in np.array_split(np.asarray(named["train"]), len(ours.folds)))
        return ours.model_copy(update={**named, "folds": folds})

    def shuffled() -> Split:
        rest, test = next(GroupShuffleSplit(1, test_size=0.15, random_state=0).split(keys, groups=keys))
        train, tune = next(GroupShuffleSplit(1, test_size=0.15 / 0.85, random_state=0).split(rest, groups=keys[rest]))
        return of(np.unique(keys[rest[train]]), np.unique(keys[rest[tune]]), np.unique(keys[test]))

    def stratified() -> Split:
        folds = [keys[test] for _, test in StratifiedGroupKFold(20, shuffle=True, random_state=0).split(keys, label, keys)]
        return of(*(np.unique(np.concatenate(folds[start:end])) for start, end in ((0, 14), (14, 17), (17, 20))))

    def random_patients() -> Split:
        drawn = np.random.default_rng(0).permutation(patients)
        return of(*np.split(drawn, [round(0.7 * len(drawn)), round(0.85 * len(drawn))]))

    methods: dict[str, Callable[[], Split]] = {
        "cauce": lambda: make_split(rows, groups, cohort), "GroupShuffleSplit": shuffled,
        "StratifiedGroupKFold": stratified, "random patients": random_patients,
    }
    found: dict[str, dict[str, float]] = {}
    for name, call in methods.items():
        seconds = []
        for _ in range(arguments.repeats):
            started = perf_counter()
            split = call()
            seconds.append(perf_counter() - started)
        table = balance_table(rows, split)
        worst = [row.deviation for row in table if row.target >= 1]
        worst += [row.image_deviation for row in table if row.image_target >= 1]
        sizes = [abs(size.share - size.target) for size in size_table(rows, split)[:len(INTERNAL)]]
        found[name] = {"s": float(np.median(seconds)), "largest_deviation": max(worst), "size_deviation": max(sizes)}
    cauce = found.pop("cauce")
    document = {
        "name": "split", "workload": f"{cohort.name}: {len(rows):,} images of {len(patients):,} patients, balanced over "
        + ", ".join(stratum.value for stratum in cohort.spec.split.balance),
        "correct": max(cauce["largest_deviation"], cauce["size_deviation"]) <= _GOAL_POINTS, "cauce_s": cauce["s"],
        "peers": {name: each["s"] for name, each in found.items()}, "limit_s": None, "ratio_limit": None,
        "ratio_best_peer": min(each["s"] for each in found.values()) / cauce["s"], "repeats": arguments.repeats,
        "not_installed": [], "balance": {"cauce": cauce, **found}, "threads": COUNT,
        "machine": machine(("cauce", "numpy", "scipy", "scikit-learn")),
    }
    print(json.dumps(document) if arguments.json else _text(document))
    return 0 if document["correct"] else 1


def _table(arguments: argparse.Namespace) -> tuple[list[InstanceRow], Cohort]:
    if arguments.workspace is None:
        rows = metadata_rows(arguments.images, seed=0)
        return rows, cohort_of(rows)
    workspace = Workspace.existing(arguments.workspace)
    cohort = cohort_named(workspace, arguments.cohort)
    return read_rows(workspace, cohort), cohort


def _text(document: dict[str, Any]) -> str:
    lines = [f"split: {document['workload']}"]
    lines += [f"  {name:21} {each['s']:7.2f} s   largest deviation {each['largest_deviation']:5.2f} pp   sizes "
              f"{each['size_deviation']:5.2f} pp" for name, each in document["balance"].items()]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
