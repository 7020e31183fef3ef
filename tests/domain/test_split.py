import pytest
from pydantic import ValidationError

from cauce.domain.split import Partition, Split, SplitPolicy

A, B, C, D = (f"P{number:016x}" for number in range(4))


def build(**changes):
    content = {
        "name": "x", "cohort": "0" * 64, "policy": SplitPolicy(folds=2),
        "train": (A, B), "tune": (C,), "test": (D,), "folds": ((A,), (B,)),
    }
    return Split(**{**content, **changes})


def test_a_split_gives_each_patient_one_partition_and_each_train_patient_one_fold():
    split = build()
    assert split.partition_of() == {A: Partition.TRAIN, B: Partition.TRAIN, C: Partition.TUNE, D: Partition.TEST}
    assert split.fold_of() == {A: 0, B: 1}


def test_a_split_whose_patients_overlap_cannot_be_built():
    with pytest.raises(ValidationError, match=f"patient {A} stands in train and in test"):
        build(test=(A,))


@pytest.mark.parametrize("folds", [((A,),), ((A, B), (B,)), ((A,), (C,))])
def test_folds_hold_exactly_the_train_patients(folds):
    with pytest.raises(ValidationError, match="every train patient exactly once"):
        build(folds=folds)


def test_shares_must_sum_to_one():
    with pytest.raises(ValidationError, match="must be 1"):
        SplitPolicy(train=0.7, tune=0.2, test=0.2)
