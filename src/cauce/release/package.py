"""The installable part of a release: pyproject, a thin package with the entry point, tests, README, ways to deploy it."""

import re
from importlib.resources import files
from pathlib import Path
from string import Template

from cauce import __version__
from cauce.domain.estimate import Estimate
from cauce.domain.model import EvaluationReport, ModelVersion
from cauce.store.atomic import write_bytes

_TEMPLATES = {
    "pyproject.toml": "pyproject.toml.txt",
    "README.md": "README.md.txt",
    ".gitignore": "gitignore.txt",
    "src/{module}/__init__.py": "init.py.txt",
    "src/{module}/main.py": "main.py.txt",
    "tests/conftest.py": "conftest.py.txt",
    "tests/test_release.py": "test_release.py.txt",
    "tests/test_parity.py": "test_parity.py.txt",
    "Dockerfile": "deploy/Dockerfile.txt",
    ".dockerignore": "deploy/dockerignore.txt",
    ".github/workflows/test.yml": "deploy/github.yml.txt",
    ".gitlab-ci.yml": "deploy/gitlab.yml.txt",
    "deploy/compose.yaml": "deploy/compose.yaml.txt",
    "deploy/{distribution}.service": "deploy/systemd.txt",
    "deploy/kubernetes/service.yaml": "deploy/kubernetes-service.yaml.txt",
    "deploy/kubernetes/workers.yaml": "deploy/kubernetes-workers.yaml.txt",
    "deploy/kubernetes/batch.yaml": "deploy/kubernetes-batch.yaml.txt",
    "deploy/nomad/service.nomad.hcl": "deploy/nomad-service.hcl.txt",
    "deploy/nomad/batch.nomad.hcl": "deploy/nomad-batch.hcl.txt",
    "deploy/slurm/predict.sh": "deploy/slurm.sh.txt",
}
"""File of the release → its template beside this module; `{module}` and `{distribution}` are the package's names."""


def write_package(folder: Path, model: ModelVersion, evaluation: EvaluationReport, *, version: int, signer: str) -> None:
    """Write everything of a release that is not the bundle, the record or the signature."""
    module = module_name(model.name)
    values = {
        "module": module,
        "distribution": module.replace("_", "-"),
        "name": model.name,
        "version": f"{version}.0.0",
        "cauce": _compatible(__version__),
        "bundle_files": "\n".join(_include(path.name, module) for path in sorted((folder / "bundle").iterdir())),
        "description": f"{model.name}: {_one_line(model.intended_use)}",
        "intended_use": model.intended_use.strip(),
        "digest": model.bundle,
        "signer": signer,
        "threshold": f"{model.decision_point().threshold:.4f}",
        "target": model.decision_point().target,
        "metrics": "\n".join(_metric_row(estimate) for estimate in evaluation.metrics),
        "n_patients": str(evaluation.n_patients),
        "opening": str(evaluation.opening.number),
    }
    templates = files("cauce.release") / "templates"
    for target, template in _TEMPLATES.items():
        text = Template((templates / template).read_text(encoding="utf-8")).substitute(values)
        write_bytes(folder / target.format(module=module, distribution=values["distribution"]), text.encode("utf-8"))


def module_name(name: str) -> str:
    """A Python package name for a model: `chest-xray.v2` → `chest_xray_v2`, `2d` → `model_2d`."""
    module = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")
    return module if module[:1].isalpha() else f"model_{module}"


def _include(name: str, module: str) -> str:
    # poetry-core takes folders as Python packages only; files one by one it puts where they are told to be.
    return f'  {{ include = "bundle/{name}", to = "{module}" }},'


def _compatible(version: str) -> str:
    """Requirement on cauce: at least the version that built the release, below the next that may break it."""
    major, minor = version.split(".")[:2]
    upper = f"{int(major) + 1}" if int(major) else f"0.{int(minor) + 1}"
    return f">={version},<{upper}"


def _one_line(text: str) -> str:
    return " ".join(text.split()).replace("\\", " ").replace('"', "'")[:200]


def _metric_row(estimate: Estimate) -> str:
    return f"| {estimate.name} | {estimate.text()} | {estimate.n_patients} | {estimate.method} |"
