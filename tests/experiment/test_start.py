import pickle
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import safetensors.torch
import torch
from torch import nn

from cauce.domain.errors import InputError, LeakageError, NotFoundError
from cauce.domain.experiment import ExperimentSpec, Network, Search, Selection, StartRecord
from cauce.domain.model import ModelVersion
from cauce.domain.split import Split
from cauce.experiment.search import search
from cauce.experiment.start import FindModel, Start
from cauce.experiment.start_weights import bring_in
from cauce.predictor.networks import build_network
from cauce.store.blobs import file_sha256

from .spots import Place, put_audit, with_settings

Weights = dict[str, torch.Tensor]


def _network(kind: Network = Network.RESNET_TINY) -> nn.Module:
    torch.manual_seed(5)
    return build_network(kind, dropout=0.0)


def _numpy(weights: Weights, path: Path) -> None:
    np.savez(path, **{name: tensor.numpy() for name, tensor in weights.items()})


def _wrapped(weights: Weights, path: Path) -> None:
    torch.save({"state_dict": {f"module.{name}": tensor for name, tensor in weights.items()}, "epoch": 3}, path)


WRITERS: dict[str, Callable[[Weights, Path], None]] = {
    "w.safetensors": lambda weights, path: safetensors.torch.save_file(weights, path), "w.npz": _numpy, "w.pt": torch.save,
    "w.pth": _wrapped,
}


def _start(path: Path) -> Start:
    return Start(path, StartRecord(source=path.name, weights=file_sha256(path)), mean=0.5, standard_deviation=0.25)


def _run(place: Place, name: str, *, find: FindModel | None = None, split: Split | None = None, **settings: object) -> Search:
    return search(place.workspace, name=name, cohort=place.cohort, split=split or place.split, spec=with_settings(**settings),
                  workers=0, find_model=find)


@pytest.mark.parametrize("name", list(WRITERS))
def test_weights_of_each_kind_of_file_come_whole(tmp_path: Path, name: str) -> None:
    source, target = _network(), build_network(Network.RESNET_TINY, dropout=0.0)
    WRITERS[name](source.state_dict(), tmp_path / name)
    record = bring_in(target, Network.RESNET_TINY, _start(tmp_path / name))
    assert all(torch.equal(tensor, source.state_dict()[key]) for key, tensor in target.state_dict().items())
    assert (record.left, record.new, record.adapted) == ((), (), ())


def test_another_head_is_left_and_said(tmp_path: Path) -> None:
    weights = {**_network().state_dict(), "head.weight": torch.ones(9, 48), "extra": torch.ones(2)}
    safetensors.torch.save_file(weights, tmp_path / "w.safetensors")
    record = bring_in(_network(), Network.RESNET_TINY, _start(tmp_path / "w.safetensors"))
    assert record.left == ("extra", "head.weight")
    assert record.new == ("head.weight",)


def test_a_first_convolution_of_three_channels_answers_grey_as_it_answered_grey_repeated(tmp_path: Path) -> None:
    weights, network = _network().state_dict(), _network()
    three = torch.randn(16, 3, 5, 5)
    safetensors.torch.save_file({**weights, "features.0.0.weight": three}, tmp_path / "w.safetensors")
    record = bring_in(network, Network.RESNET_TINY, _start(tmp_path / "w.safetensors"))
    image = torch.randn(1, 1, 16, 16)
    expected = nn.functional.conv2d(image.expand(-1, 3, -1, -1), three)
    found = nn.functional.conv2d(image, network.get_submodule("features.0.0").weight)  # type: ignore[arg-type]
    assert torch.allclose(found, expected, atol=1e-4)
    assert record.adapted == ("features.0.0.weight: 3 input channels to 1, summed",)


def test_weights_of_which_nothing_fits_are_refused(tmp_path: Path) -> None:
    safetensors.torch.save_file(_network(Network.SQUEEZENET).state_dict(), tmp_path / "w.safetensors")
    with pytest.raises(InputError, match="nothing in these weights fits"):
        bring_in(_network(), Network.RESNET_TINY, _start(tmp_path / "w.safetensors"))


class _Evil:
    def __reduce__(self) -> tuple[Callable[[str], object], tuple[str]]:
        return (exec, ("raise SystemExit('a pickle was run')",))


@pytest.mark.parametrize("name", ["w.pt", "w.npz", "w.safetensors"])
def test_a_file_that_holds_objects_is_never_opened(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    if name == "w.pt":
        torch.save({"a": _Evil()}, path)
    elif name == "w.npz":
        np.savez(path, a=np.array([_Evil()], dtype=object))
    else:
        path.write_bytes(pickle.dumps(_Evil()))
    with pytest.raises(InputError, match="no file of weights"):
        bring_in(_network(), Network.RESNET_TINY, _start(path))


def test_a_search_starts_from_a_file_and_records_its_digest(place: Place, tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    safetensors.torch.save_file(_network().state_dict(), path)
    first = _run(place, "file", start_from=str(path), freeze=1, epochs=1)
    for run in first.trials[0].runs:
        assert run.start is not None
        assert run.start.weights == file_sha256(path)
        assert run.start.left == ()
        kept = safetensors.torch.load(place.workspace.arrays.read(run.weights or ""))
        assert torch.equal(kept["features.0.0.weight"], _network().state_dict()["features.0.0.weight"])
    safetensors.torch.save_file({name: tensor * 1 + 1 for name, tensor in _network().state_dict().items()}, path)
    second = _run(place, "file", start_from=str(path), freeze=1, epochs=1)
    assert second.trials[0].runs[0].weights != first.trials[0].runs[0].weights  # another file is another training


def test_a_file_that_is_missing_is_refused_before_anything_is_trained(place: Place) -> None:
    with pytest.raises(NotFoundError, match="no such file of weights"):
        _run(place, "missing", start_from="weights/nowhere.npz")


def _registered(place: Place, result: Search) -> FindModel:
    """A registry of one model, made of the only trial of a search."""
    selection = Selection(name="m", search=result.digest(), trial=0, reason="the only one")
    place.workspace.records.put(selection, "m")
    model = ModelVersion.model_construct(
        bundle="b" * 64, search=result.digest(), selection=selection.digest(), split=result.split, cohort=result.cohort,
    )
    return lambda _: model


def _turned(place: Place) -> Split:
    """The same patients in other folds."""
    folds = place.split.folds
    mixed = (folds[0][:8] + folds[1][8:], folds[1][:8] + folds[2][8:], folds[2][:8] + folds[0][8:])
    split = Split.model_validate({**place.split.model_dump(), "folds": mixed})
    put_audit(place.workspace, place.cohort, split)
    place.workspace.records.put(split)
    return split


def test_each_fold_starts_from_the_models_member_of_the_same_fold(place: Place) -> None:
    base = _run(place, "base", epochs=1)
    result = _run(place, "next", find=_registered(place, base), start_from="m@champion", epochs=1)
    for run, member in zip(result.trials[0].runs, base.trials[0].runs, strict=True):
        assert run.start is not None
        assert run.start.weights == member.weights
        assert run.start.trained_for[0].fold == run.fold


def test_the_same_patients_in_other_folds_are_a_leak_also_by_way_of_a_third_model(place: Place) -> None:
    base = _run(place, "base", epochs=1)
    turned = _turned(place)
    with pytest.raises(LeakageError, match="learnt from 8 patients that fold 0 holds out"):
        _run(place, "leak", find=_registered(place, base), split=turned, start_from="m@champion", epochs=1)
    runs = tuple(run.model_copy(update={
        "start": StartRecord(source="x", weights="a" * 64, trained_for=({"split": place.split.digest(), "fold": run.fold},)),
    }) for run in base.trials[0].runs)
    later = base.model_copy(update={
        "split": turned.digest(), "trials": (base.trials[0].model_copy(update={"runs": runs}),),
    })
    later = Search.model_validate_json(later.model_dump_json())
    place.workspace.records.put(later, "later")
    with pytest.raises(LeakageError, match="8 patients"):
        _run(place, "leak2", find=_registered(place, later), split=turned, start_from="m@champion", epochs=1)


def test_a_model_of_other_patients_may_be_started_from(place: Place) -> None:
    base = _run(place, "base", epochs=1)
    keys = [f"P{number:016x}" for number in range(1000, 1030)]
    others = Split.model_validate({
        **place.split.model_dump(), "train": keys[:20], "tune": keys[20:25], "test": keys[25:],
        "folds": (keys[:10], keys[10:20]),
    })
    place.workspace.records.put(others)
    trial = base.trials[0].model_copy(update={"runs": base.trials[0].runs[:2]})
    foreign = base.model_copy(update={"split": others.digest(), "trials": (trial,)})
    place.workspace.records.put(foreign, "foreign")
    result = _run(place, "from-others", find=_registered(place, foreign), start_from="m:1", epochs=1)
    assert [run.start.trained_for[0].fold for run in result.trials[0].runs if run.start] == [0, 1, 0]


def test_the_setting_is_one_like_any_other(place: Place, tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    safetensors.torch.save_file(_network().state_dict(), path)
    spec = ExperimentSpec.model_validate({
        **with_settings(epochs=1).model_dump(), "grid": {"start_from": ("", str(path)), "freeze": (0, 2)},
    })
    result = search(place.workspace, name="grid", cohort=place.cohort, split=place.split, spec=spec, workers=0)
    assert len({trial.name for trial in result.trials}) == 4
    assert [run.start is None for trial in result.trials for run in trial.runs] == [True] * 6 + [False] * 6
