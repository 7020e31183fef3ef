"""Planted identifiers that de-identification leaves: cauce beside dicognito and dicom-anonymizer, on the same instances.

python benchmarks/deidentify.py [--instances 130] [--json]

Each instance carries at least 200 identifiers in the places where they are forgotten (tests/deidentify_canaries.py); they are
looked for in the bytes of the output as they are, in 16 bits and in base64. Every tool runs in this process as its manual
says; private attributes are removed where that is an option. A file that a tool refuses or fails on is counted as such.
A further CT has one identifier in each place (benchmarks/protocol/deidentify_places.py): each leak's place gets its name.
"""

import argparse
import io
import json
import sys
import tempfile
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from time import perf_counter
from typing import Any

import pydicom

from cauce.dataset.deidentify.instance import Passed, deidentify_bytes
from cauce.dataset.deidentify.policy import Policy

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from protocol.deidentify_places import one_in_each_place

from deidentify_canaries import MARK, Planted, instance, leaks, tokens_in

Tool = Callable[[bytes], bytes | None]
_KEY = b"0123456789abcdef" * 2


@dataclass(frozen=True)
class Score:
    """What one tool left in all instances together."""

    name: str
    files: int
    failed: int
    planted: int
    left: int
    files_with_a_leak: int
    references_kept: bool
    method_codes: bool
    ms_per_file: float
    places: int
    places_left: tuple[str, ...]


def main() -> None:
    """Run every tool that is installed over the same instances."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--instances", type=int, default=130)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    pydicom.config.logger.setLevel("CRITICAL")
    planted = [instance(seed, count=arguments.instances) for seed in range(arguments.instances)]
    tools: dict[str, Tool] = {"cauce": _cauce}
    peers = {"dicognito": ("dicognito", _dicognito), "dicom-anonymizer": ("dicomanonymizer", _dicom_anonymizer)}
    missing = [name for name, (module, _) in peers.items() if find_spec(module) is None]
    tools |= {name: make() for name, (_, make) in peers.items() if name not in missing}
    scores = [_score(name, tool, planted) for name, tool in tools.items()]
    if arguments.json:
        ours = scores[0]
        is_clean = ours.left == 0 and not ours.places_left and ours.files_with_a_leak == 0
        correct = is_clean and ours.references_kept and ours.failed == 0
        document: dict[str, Any] = {"name": "deidentify", "workload": f"{len(planted)} instances", "correct": correct}
        print(json.dumps(document | {"tools": [vars(score) for score in scores], "not_installed": missing}))
        return
    for score in scores:
        print(
            f"{score.name:18} {score.left:6d} of {score.planted} identifiers left, "
            f"in {score.files_with_a_leak} of {score.files} files; failed {score.failed}; "
            f"references kept {score.references_kept}; codes {score.method_codes}; {score.ms_per_file:.1f} ms a file; "
            f"places {len(score.places_left)} of {score.places}: {', '.join(score.places_left) or 'none'}"
        )
    for name in missing:
        print(f"{name}: not installed")


def _score(name: str, tool: Tool, planted: list[Planted]) -> Score:
    failed = left = count = leaking = 0
    codes = True
    sops, references, seconds = set(), set(), 0.0
    for one in planted:
        count += len(tokens_in(one.data))
        start = perf_counter()
        try:
            data = tool(one.data)
        except Exception:  # a tool that fails writes nothing
            data = None
        seconds += perf_counter() - start
        if data is None:
            failed += 1
            continue
        left += len(tokens_in(data))
        leaking += bool(leaks(data))
        dataset = pydicom.dcmread(io.BytesIO(data))
        codes = codes and "DeidentificationMethodCodeSequence" in dataset
        sops.add(str(dataset.SOPInstanceUID))
        images = dataset.get("ReferencedImageSequence") or []
        references.update(str(item.get("ReferencedSOPInstanceUID", "")) for item in images)
    kept = bool(references) and references <= sops
    places, places_left = _places_left(tool)
    return Score(
        name, len(planted), failed, count, left, leaking, kept, codes, 1000 * seconds / len(planted), places, places_left
    )


def _places_left(tool: Tool) -> tuple[int, tuple[str, ...]]:
    """How many places the CT has, and those whose identifier is still there."""
    data, places = one_in_each_place(MARK)
    made = tool(data)
    if made is None:
        raise SystemExit("the CT with one identifier in each place was refused")
    return len(places), tuple(places[word] for word in sorted(tokens_in(made)))


def _cauce(data: bytes) -> bytes | None:
    made = deidentify_bytes(data, policy=Policy(), key=_KEY)
    return made.data if isinstance(made, Passed) else None


def _dicognito() -> Tool:
    from dicognito.anonymizer import Anonymizer

    anonymizer = Anonymizer(seed="cauce")

    def run(data: bytes) -> bytes:
        dataset = pydicom.dcmread(io.BytesIO(data))
        anonymizer.anonymize(dataset)
        stream = io.BytesIO()
        dataset.save_as(stream, enforce_file_format=True)
        return stream.getvalue()

    return run


def _dicom_anonymizer() -> Tool:
    from dicomanonymizer import anonymize_dicom_file

    folder = Path(tempfile.mkdtemp())

    def run(data: bytes) -> bytes:
        source, target = folder / "in.dcm", folder / "out.dcm"
        source.write_bytes(data)
        target.unlink(missing_ok=True)
        anonymize_dicom_file(str(source), str(target), delete_private_tags=True)
        return target.read_bytes()

    return run


if __name__ == "__main__":
    main()
