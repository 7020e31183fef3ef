import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cauce.dataset.balance_table import balance_table, size_table, warnings_of
from cauce.dataset.held import Earlier
from cauce.dataset.linkage import linked_patients
from cauce.dataset.split import make_split, split_cohort
from cauce.domain.cohort import Cohort
from cauce.domain.errors import InputError, LeakageError
from cauce.domain.split import Partition, Split
from cauce.domain.study import InstanceRow
from cauce.store.split_seal import seal_split
from cauce.store.workspace import Workspace
from dataset.cohorts import cohort_record, row


def cohort_rows(patients: int, seed: int) -> list[InstanceRow]:
    """Patients with one to four images, uneven origins and vendors, some origin tied to a class."""
    rng = np.random.default_rng(seed)
    rows = []
    for patient in range(patients):
        sick, far = rng.random() < 0.3, rng.random() < 0.2
        for _ in range(int(rng.integers(1, 5))):
            rows.append(row(
                len(rows), patient_key=f"P{patient:016x}", label="sick" if sick else "well",
                origin="Far" if far or sick else "Near",
                vendor=str(rng.choice(["Siemens", "GE", "Philips", "Rare"], p=[0.5, 0.3, 0.18, 0.02])),
            ))
    return rows


def split_of(rows: list[InstanceRow], **policy: object) -> Split:
    return make_split(rows, linked_patients(rows, []), cohort_record(rows, **policy))


@settings(max_examples=25, deadline=None)
@given(st.integers(60, 200), st.integers(0, 10_000), st.integers(2, 5))
def test_no_patient_stands_in_two_partitions_and_every_one_in_one(patients: int, seed: int, folds: int) -> None:
    rows = cohort_rows(patients, seed)
    split = split_of(rows, folds=folds)
    everyone = [key for partition in Partition for key in split.patients(partition)]
    assert sorted(everyone) == sorted({each.patient_key for each in rows})
    assert len(set(everyone)) == len(everyone)
    assert len(split.folds) == folds


def test_the_same_seed_gives_the_same_split_in_any_order_of_rows() -> None:
    rows = cohort_rows(150, 1)
    shuffled = [rows[place] for place in np.random.default_rng(0).permutation(len(rows))]
    assert split_of(rows) == split_of(shuffled)


def test_another_seed_moves_patients_and_keeps_the_balance() -> None:
    rows = cohort_rows(150, 1)
    first, second = split_of(rows, seed=1), split_of(rows, seed=2)
    assert first.test != second.test
    assert [len(first.test), len(first.tune)] == [len(second.test), len(second.tune)]


def test_a_split_is_the_same_in_every_version_and_on_every_machine() -> None:
    split = split_of(cohort_rows(80, 5))
    assert split.test[:3] == ("P0000000000000005", "P0000000000000006", "P0000000000000008")
    assert split.folds[0][:3] == ("P0000000000000001", "P0000000000000002", "P0000000000000007")


def test_balance_is_better_than_random_patients_and_near_what_is_possible() -> None:
    rows = cohort_rows(1000, 3)
    split = split_of(rows)
    table = balance_table(rows, split)
    keys = sorted({each.patient_key for each in rows})
    random = []
    for seed in range(20):
        drawn = [keys[place] for place in np.random.default_rng(seed).permutation(len(keys))]
        parts = {"train": tuple(drawn[:700]), "tune": tuple(drawn[700:850]), "test": tuple(drawn[850:])}
        folds = (tuple(drawn[:234]), tuple(drawn[234:467]), tuple(drawn[467:700]))
        random.append(max(each.deviation for each in balance_table(rows, split.model_copy(update={**parts, "folds": folds}))))
    assert max(each.deviation for each in table) <= 0.5  # one of 150 patients of test is 0.67
    assert max(each.deviation for each in table) < min(random) / 2
    assert max(each.fold_deviation for each in table) <= 0.5
    for size in size_table(rows, split):
        assert size.share == pytest.approx(size.target, abs=0.1)


def test_linked_patients_stay_together() -> None:
    rows = cohort_rows(120, 2)
    keys = sorted({each.patient_key for each in rows})
    rows = [each.model_copy(update={"study_instance_uid": "1.9.9"}) if each.patient_key in keys[:5] else each for each in rows]
    partition_of = split_of(rows).partition_of()
    assert len({partition_of[key] for key in keys[:5]}) == 1


@pytest.mark.parametrize("patients", [1, 3, 5])
def test_a_cohort_too_small_to_split_is_refused(patients: int) -> None:
    with pytest.raises(InputError, match=r"too few patients|one class only"):
        split_of([row(number) for number in range(patients)])


def test_a_partition_with_one_class_is_refused() -> None:
    rows = [row(number, label="sick" if number == 0 else "well") for number in range(40)]
    with pytest.raises(InputError, match="one class only"):
        split_of(rows)


def test_leaving_one_out_makes_a_fold_of_each_patient_and_keeps_linked_ones_together() -> None:
    rows = [row(number, label=None) for number in range(40)]
    linked = {each.patient_key for each in rows[:2]}
    rows = [each.model_copy(update={"study_instance_uid": "1.9.9"}) if each.patient_key in linked else each for each in rows]
    split = split_of(rows, folds="leave_one_out", train=0.9, tune=0.05, test=0.05)
    together = [fold for fold in split.folds if linked & set(fold)]
    assert [set(fold) for fold in together] == [linked]
    assert all(len(fold) == 1 for fold in split.folds if fold not in together)
    assert len(split.folds) == len(split.train) - 1


def test_leaving_one_out_is_refused_where_a_fold_needs_both_classes() -> None:
    with pytest.raises(InputError, match="fold 0 would hold one class only"):
        split_of(cohort_rows(60, 1), folds="leave_one_out")


def test_splitting_again_changes_nothing(workspace: Workspace) -> None:
    cohort = workspace.records.latest(Cohort, "small")
    before = workspace.records.latest(Split, "small")
    assert split_cohort(workspace, cohort) == before
    assert len(workspace.records.history(Split, "small")) == 1


def test_a_sealed_split_outlives_the_code_that_made_it(workspace: Workspace) -> None:
    cohort = workspace.records.latest(Cohort, "small")
    now = workspace.records.latest(Split, "small")
    drawn_by_other_code = {**now.model_dump(), "tune": now.test, "test": now.tune}
    older = Split.model_validate(drawn_by_other_code)
    seal_split(workspace, older)
    assert split_cohort(workspace, cohort) == older
    assert workspace.records.latest(Split, "small") == older


def grown(rows: list[InstanceRow], by: int, seed: int) -> list[InstanceRow]:
    more = cohort_rows(by, seed)
    changes = [{"patient_key": "Pf" + each.patient_key[2:], "path": f"new/{each.path}", "study_instance_uid": f"2.{number}",
                "sop_instance_uid": f"3.{number}", "file_sha256": f"f{number:063x}", "pixel_sha256": f"f{number:063x}"}
               for number, each in enumerate(more)]
    return rows + [each.model_copy(update=change) for each, change in zip(more, changes, strict=True)]


def earlier_of(split: Split) -> Earlier:
    return Earlier(split.digest(), split.partition_of(), split.fold_of())


@settings(max_examples=15, deadline=None)
@given(st.integers(60, 150), st.integers(1, 150), st.integers(0, 10_000))
def test_adding_patients_moves_none_and_fills_the_deficits(patients: int, new: int, seed: int) -> None:
    rows = cohort_rows(patients, seed)
    before = split_of(rows)
    more = grown(rows, new, seed + 1)
    after = make_split(more, linked_patients(more, []), cohort_record(more), earlier=earlier_of(before))
    assert before.partition_of().items() <= after.partition_of().items()
    assert before.fold_of().items() <= after.fold_of().items()
    assert after.extends == before.digest()
    assert [len(after.tune), len(after.test)] == pytest.approx([0.15 * (patients + new)] * 2, abs=2)


def test_patients_whom_a_new_image_links_across_partitions_are_refused_by_name() -> None:
    rows = cohort_rows(80, 3)
    before = split_of(rows)
    first, second = before.train[0], before.test[0]
    link = next(each for each in rows if each.patient_key == first).model_copy(update={"patient_key": second, "path": "link"})
    linked = [*rows, link]
    with pytest.raises(LeakageError, match=f"patient {first} in train|patient {second} in test"):
        make_split(linked, linked_patients(linked, []), cohort_record(linked), earlier=earlier_of(before))


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10_000))
def test_external_origins_and_whoever_is_linked_to_them_stand_apart(seed: int) -> None:
    rows = cohort_rows(150, seed)
    keys = sorted({each.patient_key for each in rows if each.acquisition.origin == "Near"})
    outside = set(keys[:10])
    rows = [each.model_copy(update={"acquisition": each.acquisition.model_copy(update={"origin": "Abroad"})})
            if each.patient_key in outside else each for each in rows]
    rows.append(rows[0].model_copy(update={"path": "x", "patient_key": keys[0], "sop_instance_uid": "9"}))
    split = split_of(rows, external=("Abroad",))
    assert outside | {rows[0].patient_key} == set(split.external)
    assert not set(split.external) & {*split.train, *split.tune, *split.test}


def test_the_sources_partition_is_the_split_or_is_refused_by_patient() -> None:
    parts = ("train", "train", "train", "tune", "test")
    rows = [row(number, source_partition=parts[number // 2 % 5]) for number in range(60)]
    split = split_of(rows, from_source=True)
    assert {key: part.value for key, part in split.partition_of().items()} == {
        each.patient_key: each.source_partition for each in rows}
    both = [*rows, rows[0].model_copy(update={"path": "x", "source_partition": "test"})]
    with pytest.raises(LeakageError, match=f"patient {rows[0].patient_key} in test and train"):
        split_of(both, from_source=True)
    with pytest.raises(InputError, match="puts an image nowhere"):
        split_of([*rows, row(99)], from_source=True)


def test_a_small_tune_is_warned_of() -> None:
    rows = cohort_rows(60, 1)
    split = split_of(rows)
    assert any("cannot be monitored" in each for each in warnings_of(split, balance_table(rows, split)))
