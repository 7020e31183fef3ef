"""The torch networks behind a registered classifier: a bundle's graph gives no gradients."""

from typing import TYPE_CHECKING

import numpy as np

from cauce.domain.errors import ConfigurationError, IntegrityError, NotFoundError
from cauce.domain.experiment import Search, Selection, Task
from cauce.predictor.bundle import Bundle
from cauce.predictor.golden import golden_pixels
from cauce.predictor.preprocess import apply
from cauce.store.workspace import Workspace

if TYPE_CHECKING:
    from cauce.predictor.networks.class_activation import ClassActivationNetwork

_TASKS = (Task.BINARY_CLASSIFICATION, Task.MULTI_CLASS)


def trained_networks(workspace: Workspace, bundle: Bundle) -> "list[ClassActivationNetwork]":
    """The members of a model, from the weights of the runs that it was built from.

    Raises:
        ConfigurationError: the model does not tell classes apart, or is a stack.
        NotFoundError: it was trained in another workspace.
        IntegrityError: the weights do not answer as the bundle does.
    """
    task = bundle.contract.task
    if task not in _TASKS:
        raise ConfigurationError("only models that tell classes apart are explained", where=bundle.card.name,
                                 expected=" or ".join(each.value for each in _TASKS), got=task.value)
    from torch.nn import Softmax

    from cauce.predictor.export import PARITY_LIMIT, measure_parity
    from cauce.predictor.export_outputs import output_parity
    from cauce.predictor.networks.weights import network_from

    try:
        selection = workspace.records.get(Selection, bundle.card.selection)
        if selection.stacked:
            raise ConfigurationError("a stack of configurations is not explained", where=bundle.card.name,
                                     expected="folds of one configuration", got=f"{len(selection.stacked)} configurations")
        trial = workspace.records.get(Search, selection.search).trials[selection.trial]
        weights = [workspace.arrays.read(run.weights) for run in trial.runs if run.weights is not None]
    except NotFoundError:
        raise NotFoundError(
            "the trained networks of this model are not in the workspace", where=bundle.card.name,
            remedy="Explain it in the workspace where it was trained: a bundle holds a graph that gives no gradients.",
        ) from None
    networks = [network_from(bundle.card.network, each) for each in weights]
    recipe = bundle.contract.preprocess
    golden = np.stack([apply(recipe, image) for image in golden_pixels()])[:, None]
    if task is Task.BINARY_CLASSIFICATION:
        found = measure_parity(networks, bundle.model, golden)
    else:
        last, name = [Softmax(dim=1) for _ in networks], bundle.contract.output_name
        found = output_parity(networks, last, bundle.model, golden, name=name)
    if found > PARITY_LIMIT:
        raise IntegrityError(
            "the stored weights do not answer as the model does", where=bundle.card.name, expected=f"at most {PARITY_LIMIT:g}",
            got=f"{found:.2g} in probability", remedy="Train and build the model again.",
        )
    return networks
