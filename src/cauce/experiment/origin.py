"""Where and with what a run was trained, for the tracker. Names of machines are told; nothing of patients is known here."""

import platform
import shutil
import subprocess
from functools import lru_cache
from importlib.metadata import distributions

from cauce import __version__
from cauce.domain.experiment import Run

_GIT_TAG = "mlflow.source.git.commit"  # MLflow's own pages show it


@lru_cache(maxsize=1)
def origin() -> dict[str, str]:
    """Tags: version of cauce, host, system, and the commit of the folder that the command was started in, where it has one."""
    tags = {"cauce.version": __version__, "cauce.host": platform.node(), "cauce.system": platform.platform()}
    commit = _commit()
    return {**tags, _GIT_TAG: commit} if commit else tags


@lru_cache(maxsize=1)
def installed_packages() -> str:
    """As in a requirements file."""
    found = {f"{each.metadata['Name']}=={each.version}" for each in distributions() if each.metadata["Name"]}
    return "\n".join(sorted(found, key=str.lower)) + "\n"


def curve_text(run: Run) -> str:
    """One line for each epoch, as a person would have seen it go by."""
    lines = [
        f"epoch {each.epoch + 1}: training loss {each.train_loss:.4f}, held-out loss {each.validation_loss:.4f}, "
        f"{each.metric.word} {each.score:.4f}, {each.seconds:.1f} s"
        for each in run.curve
    ]
    return "\n".join(lines) + "\n"


def _commit() -> str:
    git = shutil.which("git")
    if git is None:
        return ""
    found = subprocess.run([git, "rev-parse", "HEAD"], capture_output=True, text=True, check=False)
    return found.stdout.strip() if found.returncode == 0 else ""
