"""Ten thousand damaged DICOM files through the loader: no crash, no hang over 5 s, no memory over 512 MB.

OMP_NUM_THREADS=1 python benchmarks/fuzz_dicom.py [FOLDER] [--cases 10000] [--first 0] [--seed 0] [--workers 2] [--json]

FOLDER holds the files to damage; default `dicom_mixed/files` in the folder that CAUCE_REAL_DATA names. Each damaged file goes
through `load_bytes`, which serves training, prediction and service alike, in a process of its own kind. Exit code 1 when
anything but an image or one of cauce's own errors came out. `--first N --cases 1` repeats one case.
"""

import argparse
import json
import os
import sys
from collections import Counter
from pathlib import Path

from fuzzing.pool import MEMORY_LIMIT_MB, TIME_LIMIT_S, Outcome, run

_BAD = ("unexpected", "crash", "hang", "memory")


def main() -> int:
    """Damage, read, count; name what went wrong."""
    parser = argparse.ArgumentParser()
    default = Path(os.environ.get("CAUCE_REAL_DATA") or Path(__file__).parents[2] / "shared" / "data") / "dicom_mixed" / "files"
    parser.add_argument("folder", type=Path, nargs="?", default=default)
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    if not arguments.folder.is_dir():
        print("fuzz-dicom: not run: no files to damage; set CAUCE_REAL_DATA, or name a folder", file=sys.stderr)
        return 0 if arguments.folder == default else 2
    cases = range(arguments.first, arguments.first + arguments.cases)
    outcomes = []
    for outcome in run(arguments.folder, cases, seed=arguments.seed, workers=arguments.workers):
        outcomes.append(outcome)
        if outcome.verdict in _BAD:
            print(f"case {outcome.case} ({outcome.name}): {outcome.verdict}: {outcome.detail}, "
                  f"{outcome.cpu_s:.1f} s, {outcome.peak_mb:.0f} MB", file=sys.stderr)
    document = _summary(outcomes, arguments.seed)
    print(json.dumps(document) if arguments.json else _text(document))
    return 1 if document["bad"] else 0


def _summary(outcomes: list[Outcome], seed: int) -> dict[str, object]:
    verdicts = Counter(outcome.verdict for outcome in outcomes)
    return {
        "name": "fuzz-dicom", "cases": len(outcomes), "seed": seed, "read": verdicts["read"], "refused": verdicts["refused"],
        "bad": sum(verdicts[verdict] for verdict in _BAD), **{verdict: verdicts[verdict] for verdict in _BAD},
        "longest_cpu_s": max((outcome.cpu_s for outcome in outcomes), default=0.0), "time_limit_s": TIME_LIMIT_S,
        "peak_mb": max((outcome.peak_mb for outcome in outcomes), default=0.0), "memory_limit_mb": MEMORY_LIMIT_MB,
    }


def _text(document: dict[str, object]) -> str:
    return "\n".join(f"{key}: {round(value, 2) if isinstance(value, float) else value}" for key, value in document.items())


if __name__ == "__main__":
    sys.exit(main())
