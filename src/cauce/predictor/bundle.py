"""A bundle: one folder that holds a model and everything that is needed to use it, each file checked before it is parsed.

    model.onnx            the averaged networks
    contract.json         ModelContract: what goes in, what comes out
    operating_point.json  OperatingPoint; of a model for two classes alone
    reference.json        ReferenceDistribution that monitoring compares with
    golden.npz            golden cases (arrays only, no pickle)
    card.json             BundleCard: name, intended use, lineage
    manifest.json         file → SHA-256; its own canonical digest is the model's identity
"""

import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from cauce.domain.errors import IntegrityError, NotFoundError
from cauce.domain.model import BundleCard, ModelContract, OperatingPoint, required_point
from cauce.domain.monitoring import ReferenceDistribution
from cauce.domain.record import Digest, Record, canonical_json, sha256_hex
from cauce.predictor.golden import GoldenCases
from cauce.predictor.golden_volumes import GoldenVolumes
from cauce.predictor.onnx_scan import check_onnx
from cauce.store.atomic import new_folder, write_bytes

MANIFEST = "manifest.json"
MODEL, CONTRACT, OPERATING_POINT = "model.onnx", "contract.json", "operating_point.json"
REFERENCE, GOLDEN, CARD = "reference.json", "golden.npz", "card.json"
FILES = (MODEL, CONTRACT, REFERENCE, GOLDEN, CARD)
"""Of every bundle; one that decides has its operating point too."""

_REMEDY = "Do not use this copy: fetch the bundle again from where it was made."

R = TypeVar("R", bound=Record)


@dataclass(frozen=True, eq=False)
class BundleContent:
    """What goes into a bundle."""

    model: bytes
    contract: ModelContract
    operating_point: OperatingPoint | None
    reference: ReferenceDistribution
    golden: GoldenCases | GoldenVolumes
    card: BundleCard

    def decision_point(self) -> OperatingPoint:
        """The operating point of a model that decides.

        Raises:
            ConfigurationError: the model has none.
        """
        return required_point(self.operating_point, self.contract.task)


@dataclass(frozen=True, eq=False)
class Bundle(BundleContent):
    """An opened bundle; `digest` is the model's identity."""

    digest: Digest
    folder: Path


def write_bundle(folder: Path, content: BundleContent) -> Digest:
    """Write a bundle, whole or not at all, and return its digest; the same content has the same digest anywhere.

    Raises:
        IntegrityError: the model is no self-contained ONNX model.
    """
    check_onnx(content.model)
    files = {
        MODEL: content.model,
        CONTRACT: _json(content.contract),
        REFERENCE: _json(content.reference),
        GOLDEN: _npz(content.golden),
        CARD: _json(content.card),
    }
    if content.operating_point is not None:
        files[OPERATING_POINT] = _json(content.operating_point)
    manifest = {name: sha256_hex(data) for name, data in files.items()}
    with new_folder(folder) as partial:
        for name, data in files.items():
            write_bytes(partial / name, data)
        write_bytes(partial / MANIFEST, json.dumps(manifest, indent=1, sort_keys=True).encode())
    return bundle_digest(manifest)


def bundle_digest(manifest: Mapping[str, Digest]) -> Digest:
    """Digest of a manifest: the identity of the bundle it describes."""
    return sha256_hex(canonical_json(dict(manifest)))


def open_bundle(folder: Path, *, expected: Digest | None = None) -> Bundle:
    """Open a bundle. Every byte is compared with the manifest before any of it is parsed.

    Args:
        folder: the bundle.
        expected: digest that a registry or a release names; without it only the bundle's inner agreement is checked.

    Raises:
        NotFoundError: the folder is no bundle.
        IntegrityError: a file is changed, missing or too many, or the digest is not the expected one.
    """
    manifest = _read_manifest(folder)
    digest = bundle_digest(manifest)
    if expected is not None and digest != expected:
        raise IntegrityError(
            "this is another model than the one asked for", where=folder.name, expected=expected[:12], got=digest[:12],
            remedy=_REMEDY,
        )
    data = {name: _read_checked(folder / name, manifest[name]) for name in manifest}
    check_onnx(data[MODEL])
    return Bundle(
        model=data[MODEL],
        contract=_parse(ModelContract, CONTRACT, data),
        operating_point=_parse(OperatingPoint, OPERATING_POINT, data) if OPERATING_POINT in data else None,
        reference=_parse(ReferenceDistribution, REFERENCE, data),
        golden=_parse_golden(data[GOLDEN]),
        card=_parse(BundleCard, CARD, data),
        digest=digest,
        folder=folder,
    )


def _read_manifest(folder: Path) -> dict[str, Digest]:
    path = folder / MANIFEST
    if not path.is_file():
        raise NotFoundError("no model bundle here", where=folder.name, remedy=f"A bundle is a folder with {MANIFEST} in it.")
    try:
        manifest = json.loads(path.read_bytes())
    except (ValueError, RecursionError):
        raise IntegrityError("the manifest cannot be read", where=MANIFEST, remedy=_REMEDY) from None
    found = {item.name for item in folder.iterdir()} - {MANIFEST}
    named = set(manifest) if isinstance(manifest, dict) else set()
    expected = {*FILES, OPERATING_POINT} if OPERATING_POINT in named else set(FILES)
    for names, what in ((found, "files of the bundle"), (named, "files named by the manifest")):
        if names != expected:
            raise IntegrityError(
                f"wrong {what}", where=folder.name, expected=", ".join(sorted(expected)),
                got=", ".join(sorted(map(str, names))), remedy=_REMEDY,
            )
    return {name: str(manifest[name]) for name in sorted(expected)}


def _read_checked(path: Path, digest: Digest) -> bytes:
    if path.is_symlink() or not path.is_file():
        raise IntegrityError("not an ordinary file", where=path.name, remedy=_REMEDY)
    data = path.read_bytes()
    found = sha256_hex(data)
    if found != digest:
        raise IntegrityError("the file was changed", where=path.name, expected=digest[:12], got=found[:12], remedy=_REMEDY)
    return data


def _parse(kind: type[R], name: str, data: Mapping[str, bytes]) -> R:
    try:
        return kind.model_validate_json(data[name])
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise IntegrityError(f"not a valid {kind.__name__}: {place} {first['msg']}", where=name, remedy=_REMEDY) from None


def _parse_golden(data: bytes) -> GoldenCases | GoldenVolumes:
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
            if "voxels" in arrays:
                return _checked_volumes(GoldenVolumes(arrays["voxels"], arrays["classes"]))
            golden = GoldenCases(pixels=arrays["pixels"], probabilities=arrays["probabilities"])
    except (ValueError, KeyError, OSError, EOFError, zipfile.BadZipFile):
        raise IntegrityError("not a file of golden cases", where=GOLDEN, remedy=_REMEDY) from None
    is_right = golden.pixels.ndim == 3 and golden.probabilities.ndim in (1, 2)
    is_right = is_right and len(golden.probabilities) == len(golden.pixels)
    if not (is_right and golden.pixels.dtype == golden.probabilities.dtype == np.float32):
        raise _wrong_golden()
    return golden


def _checked_volumes(golden: GoldenVolumes) -> GoldenVolumes:
    voxels, classes = golden.voxels, golden.classes
    is_right = voxels.ndim == 5 and classes.shape == (voxels.shape[0], *voxels.shape[2:])
    if not (is_right and voxels.dtype == np.float32 and classes.dtype == np.uint8):
        raise _wrong_golden()
    return golden


def _wrong_golden() -> IntegrityError:
    return IntegrityError("golden cases of the wrong shape or type", where=GOLDEN, remedy=_REMEDY)


def _json(record: Record) -> bytes:
    return json.dumps(record.model_dump(mode="json"), indent=1, ensure_ascii=False, allow_nan=False).encode()


def _npz(golden: GoldenCases | GoldenVolumes) -> bytes:
    arrays: dict[str, NDArray[Any]]
    if isinstance(golden, GoldenVolumes):
        arrays = {"voxels": golden.voxels.astype(np.float32), "classes": golden.classes.astype(np.uint8)}
    else:
        arrays = {"pixels": golden.pixels.astype(np.float32), "probabilities": golden.probabilities.astype(np.float32)}
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **arrays)
    return buffer.getvalue()
