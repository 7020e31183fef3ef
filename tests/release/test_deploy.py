"""Every file that deploys a release is accepted by the tool that it is for, or by that tool's own rules."""

import dataclasses
import json
import os
import subprocess
from pathlib import Path

import pytest
import yaml

from cauce.release.build import ReleaseInput, build_release
from cauce.release.dependencies import constraints, installed_closure
from cauce.store.workspace import Workspace

RELEASE = "small-chest:2.0.0"


def test_kubernetes_accepts_every_manifest_as_strictly_as_it_can(original: Path) -> None:
    validator = pytest.importorskip("kubernetes_validate")
    manifests = [
        document for path in sorted((original / "deploy" / "kubernetes").glob("*.yaml"))
        for document in yaml.safe_load_all(path.read_text())
    ]
    for document in manifests:
        validator.validate(document, "1.31", strict=True)
    kinds = [document["kind"] for document in manifests]
    assert {"Deployment", "StatefulSet", "HorizontalPodAutoscaler", "Job", "NetworkPolicy", "Service"} <= set(kinds)


def test_no_pod_runs_as_root_or_writes_to_its_image(original: Path) -> None:
    pods = [
        document["spec"]["template"]["spec"] for path in (original / "deploy" / "kubernetes").glob("*.yaml")
        for document in yaml.safe_load_all(path.read_text()) if "template" in document["spec"]
    ]
    assert len(pods) == 3
    for pod in pods:
        container = pod["containers"][0]
        assert container["image"] == RELEASE
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]},
        }


def test_nomad_jobs_are_written_in_its_language(original: Path) -> None:
    hcl2 = pytest.importorskip("hcl2")
    texts = {path.name: path.read_text() for path in (original / "deploy" / "nomad").iterdir()}
    jobs = {name: str(hcl2.loads(text)) for name, text in texts.items()}
    assert set(jobs) == {"service.nomad.hcl", "batch.nomad.hcl"}
    assert all(RELEASE in job for job in jobs.values())
    assert "parameterized" in jobs["batch.nomad.hcl"]
    assert "${NOMAD_META_studies}" in texts["batch.nomad.hcl"]


def test_both_pipelines_test_and_verify(original: Path) -> None:
    github = yaml.safe_load((original / ".github" / "workflows" / "test.yml").read_text())
    gitlab = yaml.safe_load((original / ".gitlab-ci.yml").read_text())
    steps = [step.get("run", "") for step in github["jobs"]["test"]["steps"]]
    for script in (steps, gitlab["test"]["script"]):
        assert "pytest" in script
        assert "small-chest verify" in script
    assert github["jobs"]["test"]["strategy"]["matrix"]["python"] == ["3.11", "3.12"]
    assert yaml.safe_load((original / "deploy" / "compose.yaml").read_text())["services"]["model"]["image"] == RELEASE


def test_the_slurm_array_does_each_study_once(original: Path, tmp_path: Path) -> None:
    script = original / "deploy" / "slurm" / "predict.sh"
    done = tmp_path / "done"
    tool = tmp_path / "bin" / "small-chest"
    tool.parent.mkdir()
    tool.write_text(f'#!/bin/sh\necho "$2" >> {done}\nmkdir -p "$4" && touch "$4/predictions.csv"\n')
    tool.chmod(0o755)
    for name in ("b", "a", "c d"):
        (tmp_path / "studies" / name).mkdir(parents=True)
    for task in ("0", "1", "2", "1", "9"):
        environment = {**os.environ, "SLURM_ARRAY_TASK_ID": task, "MODEL_BIN": f"{tool.parent}/"}
        arguments = ["sh", str(script), str(tmp_path / "studies"), str(tmp_path / "out")]
        subprocess.run(arguments, env=environment, check=True, capture_output=True)
    assert [Path(line).name for line in done.read_text().splitlines()] == ["a", "b", "c d"]


def test_the_bill_of_materials_is_valid_and_names_model_and_libraries(original: Path) -> None:
    validation = pytest.importorskip("cyclonedx.validation.json")
    from cyclonedx.schema import SchemaVersion

    text = (original / "sbom.cdx.json").read_text()
    assert validation.JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    bill = json.loads(text)
    names = {component["name"] for component in bill["components"]}
    assert bill["metadata"]["component"]["type"] == "machine-learning-model"
    assert {"cauce", "fastapi", "openvino", "pydicom"} <= names
    assert "torch" not in names


def test_constraints_pin_what_the_release_runs_on(original: Path) -> None:
    pinned = (original / "constraints.txt").read_text()
    assert pinned == constraints(installed_closure("cauce", "service"))
    assert "\nfastapi==" in pinned
    assert "cauce==" not in pinned


def test_the_changelog_tells_of_this_release_and_the_ones_before(
    workspace: Workspace, content: ReleaseInput, original: Path, tmp_path: Path
) -> None:
    first = (original / "CHANGELOG.md").read_text()
    assert "## 2.0.0, 2026-01-01\n\n- First release; model " in first
    assert "## 3" not in first
    build_release(workspace, dataclasses.replace(content, version=3), tmp_path / "third")
    titles = [line for line in (tmp_path / "third" / "CHANGELOG.md").read_text().splitlines() if line.startswith("## ")]
    assert titles == ["## 3.0.0, 2026-01-01", "## 2.0.0, 2026-01-01"]
