from dataclasses import replace

from cauce.dataset.balance_table import balance_table, size_table, warnings_of
from cauce.domain.split import Split, SplitPolicy, Stratum
from dataset.cohorts import row


def test_shares_and_deviations_are_those_of_hand_calculation() -> None:
    rows = [row(number) for number in range(8)]  # even numbers are well, odd ones sick
    keys = [each.patient_key for each in rows]
    split = Split(
        name="small", cohort="0" * 64, policy=SplitPolicy(train=0.5, tune=0.25, test=0.25, folds=2, balance=(Stratum.LABEL,)),
        train=tuple(keys[:4]), tune=(keys[4], keys[6]), test=(keys[5], keys[7]), folds=((keys[0], keys[1]), (keys[2], keys[3])),
    )
    well = next(each for each in balance_table(rows, split) if each.value == "well")
    assert (well.stratum, well.patients, well.target) == ("label", 4, 50.0)
    assert well.shares == {"train": 50.0, "tune": 100.0, "test": 0.0, "external": 0.0}
    assert (well.deviation, well.fold_deviation) == (50.0, 0.0)
    assert [(size.part, size.patients, size.share) for size in size_table(rows, split)] == [
        ("train", 4, 50.0), ("tune", 2, 25.0), ("test", 2, 25.0), ("fold 0", 2, 50.0), ("fold 1", 2, 50.0),
    ]


def test_values_of_few_patients_are_told_together_and_one_of_none_is_not_told() -> None:
    rows = [row(number) for number in range(8)]
    keys = [each.patient_key for each in rows]
    split = Split(
        name="small", cohort="0" * 64, policy=SplitPolicy(train=0.5, tune=0.25, test=0.25, folds=2, balance=(Stratum.LABEL,)),
        train=tuple(keys[:4]), tune=(keys[4], keys[6]), test=(keys[5], keys[7]), folds=((keys[0], keys[1]), (keys[2], keys[3])),
    )
    well = next(each for each in balance_table(rows, split) if each.value == "well")
    few = [replace(well, stratum="origin", value=f"H{number}", patients=1) for number in range(6)]
    nobody = replace(well, stratum="vendor", value="Z", patients=0)
    told = warnings_of(split, [well, *few, nobody])
    assert told[1:] == [
        "label well: none of its 4 patients in test; look at the source",
        "origin H0; H1; H2; H3 and 2 more: fewer patients than partitions, so that some lack them; no division can do better",
    ]
