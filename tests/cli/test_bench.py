"""`cauce bench`: the document that it prints, and what it refuses."""

import json
import os
import subprocess
import sys

from tests.conftest import ROOT
from typer.testing import CliRunner

from cauce.cli.main import app


def test_the_dicom_bench_checks_correctness_and_prints_one_document():
    """Small sizes: the ratios mean nothing here, and are not judged below five rounds."""
    script = str(ROOT / "benchmarks" / "dicom_series.py")
    small = ["--slices", "6", "--size", "32", "--repeats", "1", "--json"]
    done = subprocess.run([sys.executable, script, *small], capture_output=True, text=True, check=True)
    document = json.loads(done.stdout)
    promised = {"name", "workload", "correct", "cauce_s", "peers", "limit_s", "ratio_best_peer", "ratio_limit", "repeats"}
    assert promised <= set(document)
    assert document["name"] == "dicom"
    assert document["correct"] is True
    assert document["wrong_peers"] == {}
    assert set(document["peers"]) | set(document["not_installed"]) == {"SimpleITK", "dcm2niix", "MONAI"}
    assert {goal["met"] for goal in document["goals"]} == {None}


def test_the_copies_bench_finds_what_it_planted_and_nothing_else(real_data):
    document = printed("copies.py", "--images", "150", "--copies", "24", env={"CAUCE_REAL_DATA": str(real_data)})
    assert document["name"] == "copies"
    assert document["correct"] is True
    assert document["recall"] == 1.0
    assert document["false_pairs"] == 0
    assert len(document["recall_by_kind"]) == 8


def test_the_split_bench_stands_beside_scikit_learns_splitters():
    document = printed("split.py", "--images", "4000", ends=(0, 1))  # so few patients cannot always be divided to 0.1 points
    assert set(document["peers"]) == {"GroupShuffleSplit", "StratifiedGroupKFold", "random patients"}
    balance = document["balance"]
    assert balance["cauce"]["largest_deviation"] < min(balance[peer]["largest_deviation"] for peer in document["peers"])


def test_the_surface_bench_gives_monais_numbers():
    document = printed("surface.py", "--size", "32", "--repeats", "1")
    assert document["correct"] is True
    assert document["wrong_peers"] == {}
    assert "MONAI" in {*document["peers"], *document["not_installed"]}


def test_the_lesions_bench_gives_simpleitks_volumes():
    document = printed("lesions.py", "--size", "64", "--lesions", "20", "--repeats", "1")
    assert document["correct"] is True
    assert document["wrong_peers"] == {}


def test_the_auc_bench_gives_the_textbooks_variance():
    document = printed("auc_ci.py", "--cases", "1000", "--resamples", "500", "--repeats", "1")
    assert document["correct"] is True
    assert document["bootstrap"]["goals"][0]["met"] is None


def test_the_train_bench_lets_monai_and_a_bare_loop_learn_the_same():
    document = printed("train.py", "--steps", "2", "--epochs", "1", "--repeats", "1")
    assert document["correct"] is True
    assert set(document["peers"]) == {"MONAI", "hand-written loop"}
    assert max(document["losses"].values()) < 1.2 * min(document["losses"].values())


def printed(script, *arguments, env=None, ends=(0,)):
    """What a bench prints with --json, at a small size."""
    done = subprocess.run(
        [sys.executable, str(ROOT / "benchmarks" / script), *arguments, "--json"], capture_output=True, text=True, check=False,
        env={**os.environ, **(env or {})},
    )
    assert done.returncode in ends, done.stderr
    return json.loads(done.stdout)


def test_an_unknown_bench_is_named_with_those_that_are():
    result = CliRunner().invoke(app, ["bench", "no-such"])
    assert result.exit_code == 2
    assert "no such benchmark" in result.output
    assert "dicom" in result.output


def test_an_installed_package_says_where_the_benchmarks_are(tmp_path):
    result = CliRunner().invoke(app, ["bench", "dicom", "--benchmarks", str(tmp_path)])
    assert result.exit_code == 2
    assert "repository" in result.output
