"""`cauce bench dicom`: a shuffled CT series → sorted int16 HU volume with affine, against peers and a bare read.

python benchmarks/dicom_series.py [--slices 300] [--size 512] [--repeats 7] [--json]

300 × 512 × 512 seeded slices, uncompressed explicit-VR little endian, 12 bits in 16, names shuffled, page cache warm.
Reference: pydicom, file by file. dcm2niix runs as a child process that writes an uncompressed NIfTI file, to memory where
/dev/shm exists, and nibabel reads it: start-up and write count too. The
limit reads every byte of every file and does nothing with it.
Exit code 1 when cauce's voxels or geometry differ from the reference.
"""

from protocol.threads import COUNT  # isort: skip  # before NumPy

import argparse
import json
import sys
import tempfile
from collections.abc import Callable
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from protocol.ct_series import Reference, reference_volume, write_ct_series
from protocol.machine import forget_peak, machine, peak_mb
from protocol.rounds import Bench, measure
from protocol.series_peers import PEERS
from protocol.told import text

from cauce.dicom.series import read_series, series_files
from cauce.dicom.volume import Volume

_SEED = 0
_PACKAGES = ("cauce", "numpy", "pydicom", "SimpleITK", "dcm2niix", "monai", "nibabel")


def main() -> int:
    """Write the series, check correctness, time, print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--slices", type=int, default=300)
    parser.add_argument("--size", type=int, default=512)
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="cauce-bench-") as series, _in_memory() as scratch:
        document = _run(Path(series) / "series", Path(scratch), arguments)
    print(json.dumps(document) if arguments.json else text(document))
    return 0 if document["correct"] else 1


def _in_memory() -> tempfile.TemporaryDirectory[str]:
    """For what peers write: a disk that is busy writing back would slow them down and nobody else."""
    shared = Path("/dev/shm")
    return tempfile.TemporaryDirectory(prefix="cauce-bench-", dir=shared if shared.is_dir() else None)


def _run(folder: Path, scratch: Path, arguments: argparse.Namespace) -> dict[str, Any]:
    write_ct_series(folder, slices=arguments.slices, size=arguments.size, seed=_SEED)
    files = series_files(folder)
    np.random.default_rng(_SEED).shuffle(files)  # type: ignore[arg-type]
    reference = reference_volume(files)

    def ours() -> Volume:
        return read_series(series_files(folder))

    forget_peak()
    before = peak_mb()
    correct = _is_equal(ours(), reference)
    memory = {"peak_memory_mb": peak_mb(), "of_which_before_mb": before}
    peers: dict[str, Callable[[], object]] = {}
    missing, wrong = [], {}
    for name, peer in PEERS.items():
        if not all(find_spec(module) for module in peer.modules):
            missing.append(name)
            continue
        call = peer.prepare(folder, scratch)
        difference = peer.differs(call(), reference)
        if difference:
            wrong[name] = difference
        peers[name] = call
    size = f"{arguments.slices} × {arguments.size} × {arguments.size}"
    bench = Bench(
        name="dicom", workload=f"{size} shuffled CT files → sorted int16 HU + affine", ours=ours,
        limit=lambda: _bare_read(folder), peers=peers, not_installed=tuple(missing), wrong_peers=wrong, correct=correct,
        goals={("SimpleITK", "dcm2niix"): 1.5, ("MONAI",): 5.0}, limit_goal=3.0,
    )
    document = measure(bench, repeats=arguments.repeats)
    facts = {"precision": "int16", "seed": _SEED, "input_digest": _digest(sorted(files)), "threads": COUNT}
    return document | memory | facts | {"machine": machine(_PACKAGES)}


def _is_equal(volume: Volume, reference: Reference) -> bool:
    return (
        volume.voxels.dtype == np.int16 and np.array_equal(volume.voxels, reference.voxels)
        and np.allclose(volume.affine_lps, reference.affine_lps, atol=1e-6)
    )


def _bare_read(folder: Path) -> int:
    """Every byte of every file into memory, and dropped: what no reader can undercut, though none may drop them."""
    return sum(len(path.read_bytes()) for path in folder.iterdir())


def _digest(files: list[Path]) -> str:
    digest = sha256()
    for path in files:
        digest.update(path.read_bytes())
    return digest.hexdigest()


if __name__ == "__main__":
    sys.exit(main())
