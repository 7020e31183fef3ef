import dataclasses
import json
import pickle
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cauce.domain.errors import IntegrityError, NotFoundError
from cauce.domain.record import sha256_hex
from cauce.predictor import bundle as under_test
from cauce.predictor.bundle import FILES, OPERATING_POINT, BundleContent, open_bundle, write_bundle
from cauce.predictor.golden import GoldenCases

_NAMES = (*FILES, OPERATING_POINT)


def reseal(folder: Path) -> None:
    """What an attacker does who can also write the manifest."""
    manifest = {name: sha256_hex((folder / name).read_bytes()) for name in _NAMES}
    (folder / "manifest.json").write_text(json.dumps(manifest))


def test_what_is_written_is_read_back(bundle: Path, content: BundleContent) -> None:
    opened = open_bundle(bundle)
    assert (opened.model, opened.contract, opened.card) == (content.model, content.contract, content.card)
    assert (opened.operating_point, opened.reference) == (content.operating_point, content.reference)
    assert np.array_equal(opened.golden.pixels, content.golden.pixels)


def test_the_same_content_has_the_same_digest_elsewhere(tmp_path: Path, content: BundleContent) -> None:
    digests = {write_bundle(tmp_path / name, content) for name in ("a", "b")}
    changed = dataclasses.replace(content, card=content.card.model_copy(update={"name": "other"}))
    assert len(digests) == 1
    assert write_bundle(tmp_path / "c", changed) not in digests


@given(name=st.sampled_from(_NAMES), where=st.floats(0, 0.999), bit=st.integers(0, 7))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_flipped_bit_is_refused_before_anything_is_parsed(bundle: Path, name: str, where: float, bit: int) -> None:
    before = (bundle / name).read_bytes()
    data = bytearray(before)
    data[int(where * len(data))] ^= 1 << bit
    (bundle / name).write_bytes(data)
    try:
        with pytest.raises(IntegrityError, match="changed"):
            open_bundle(bundle)
    finally:
        (bundle / name).write_bytes(before)


def test_a_changed_file_is_never_handed_to_a_parser(bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def parsed(*_: object) -> None:
        pytest.fail("parsed before checked")

    for parser in ("check_onnx", "_parse", "_parse_golden"):
        monkeypatch.setattr(under_test, parser, parsed)
    (bundle / "golden.npz").write_bytes(b"changed")
    with pytest.raises(IntegrityError):
        open_bundle(bundle)


def test_truncated_weights_are_refused(bundle: Path) -> None:
    data = (bundle / "model.onnx").read_bytes()
    (bundle / "model.onnx").write_bytes(data[:-1000])
    with pytest.raises(IntegrityError, match=r"model\.onnx"):
        open_bundle(bundle)


@pytest.mark.parametrize("name", ["model.onnx", "golden.npz", "contract.json"])
def test_a_pickle_under_a_good_name_is_refused_even_with_a_matching_manifest(bundle: Path, name: str) -> None:
    (bundle / name).write_bytes(pickle.dumps({"a": np.ones(3)}))
    reseal(bundle)
    with pytest.raises(IntegrityError):
        open_bundle(bundle)


def test_an_array_of_objects_among_the_golden_cases_is_refused(bundle: Path) -> None:
    np.savez(bundle / "golden.npz", pixels=np.array([{}], dtype=object), probabilities=np.ones(1, np.float32))
    reseal(bundle)
    with pytest.raises(IntegrityError):
        open_bundle(bundle)


def test_a_resealed_bundle_is_not_the_one_a_registry_names(bundle: Path) -> None:
    expected = open_bundle(bundle).digest
    card = json.loads((bundle / "card.json").read_text())
    (bundle / "card.json").write_text(json.dumps({**card, "intended_use": "everything"}))
    reseal(bundle)
    with pytest.raises(IntegrityError, match="another model"):
        open_bundle(bundle, expected=expected)


@pytest.mark.parametrize("name", [*_NAMES, "manifest.json"])
def test_a_missing_file_is_refused(bundle: Path, name: str) -> None:
    (bundle / name).unlink()
    with pytest.raises((IntegrityError, NotFoundError)):
        open_bundle(bundle)


def test_a_file_too_many_is_refused(bundle: Path) -> None:
    (bundle / "setup.py").write_text("")
    with pytest.raises(IntegrityError, match="wrong files"):
        open_bundle(bundle)


def test_a_link_is_refused(bundle: Path, tmp_path: Path) -> None:
    (bundle / "card.json").rename(tmp_path / "card.json")
    (bundle / "card.json").symlink_to(tmp_path / "card.json")
    with pytest.raises(IntegrityError, match="ordinary"):
        open_bundle(bundle)


@pytest.mark.parametrize("manifest", ["[]", "{", '{"../x": "0"}', "[" * 10000])
def test_a_manifest_of_another_shape_is_refused(bundle: Path, manifest: str) -> None:
    (bundle / "manifest.json").write_text(manifest)
    with pytest.raises(IntegrityError):
        open_bundle(bundle)


def test_a_model_with_no_graph_cannot_be_bundled(tmp_path: Path, content: BundleContent) -> None:
    with pytest.raises(IntegrityError):
        write_bundle(tmp_path / "x", dataclasses.replace(content, model=b"weights"))
    assert not (tmp_path / "x").exists()


def test_golden_cases_need_one_probability_each(bundle: Path, tmp_path: Path, content: BundleContent) -> None:
    wrong = GoldenCases(content.golden.pixels, content.golden.probabilities[:1])
    write_bundle(tmp_path / "x", dataclasses.replace(content, golden=wrong))
    with pytest.raises(IntegrityError, match="golden"):
        open_bundle(tmp_path / "x")
