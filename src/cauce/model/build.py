"""From a Selection to a registered ModelVersion: ensemble, bundle, registry."""

import shutil
from pathlib import Path

from cauce.domain.experiment import Task
from cauce.domain.model import Alias, ModelVersion
from cauce.domain.progress import Progress, silent
from cauce.model.build_classifier import classifier_content
from cauce.model.build_outputs import outputs_content
from cauce.model.build_segmenter import segmenter_content
from cauce.model.registry import RegisteredVersion, bundle_folder, model_of, register
from cauce.model.selected import Selected
from cauce.predictor.bundle import open_bundle, write_bundle
from cauce.store.audit_gate import passed_audit
from cauce.store.workspace import Workspace

_CONTENT = {
    Task.BINARY_CLASSIFICATION: classifier_content, Task.MULTI_CLASS: outputs_content,
    Task.MULTI_LABEL: outputs_content, Task.REGRESSION: outputs_content, Task.SEGMENTATION: segmenter_content,
}
"""Task → what makes the content of its bundle."""


def build_version(
    workspace: Workspace, selection_name: str, *, data_root: Path | None, progress: Progress = silent,
    alias: Alias | None = None,
) -> RegisteredVersion:
    """Build and register the version of a selection; one that was built before is found, not built again.

    Args:
        workspace: holds the selection and the weights of its folds.
        selection_name: also the name of the model.
        data_root: where the images are, if not where they were indexed.
        progress: told of the prediction of `tune`.
        alias: that the new version gets; default: champion for the first version of a name, then candidate.

    Raises:
        NotFoundError: no such selection, or the split was never audited.
        LeakageError, IntegrityError: the audit failed; a seal or digest is broken.
        InputError: a fold of the chosen configuration was not trained; `tune` lacks a class.
    """
    selected = Selected.load(workspace, selection_name)
    built = _built_before(workspace, selected)
    if built is None:
        passed_audit(workspace, selected.cohort, selected.split)
        built = _build(workspace, selected, data_root=data_root, progress=progress)
        workspace.records.put(built, name=built.name)
    return register(workspace, built, alias=alias)


def _built_before(workspace: Workspace, selected: Selected) -> ModelVersion | None:
    for digest in reversed(workspace.records.history(ModelVersion, selected.name)):
        model = workspace.records.get(ModelVersion, digest)
        if model.selection == selected.selection.digest() and bundle_folder(workspace, model.bundle).is_dir():
            return model
    return None


def _build(workspace: Workspace, selected: Selected, *, data_root: Path | None, progress: Progress) -> ModelVersion:
    content = _CONTENT[selected.search.spec.task](workspace, selected, data_root=data_root, progress=progress)
    partial = workspace.folder("models") / f".partial-{selected.selection.digest()}"
    digest = write_bundle(partial, content)
    folder = bundle_folder(workspace, digest)
    if folder.exists():
        shutil.rmtree(partial)
    else:
        partial.replace(folder)
    return model_of(open_bundle(folder, expected=digest))
