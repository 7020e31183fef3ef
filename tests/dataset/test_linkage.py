from cauce.dataset.linkage import linked_patients
from cauce.dataset.near_duplicates import NearDuplicate
from dataset.cohorts import row


def test_patients_without_anything_in_common_stay_alone() -> None:
    rows = [row(number) for number in range(4)]
    assert linked_patients(rows, []) == [(each.patient_key,) for each in rows]


def test_a_shared_trait_links_and_links_are_transitive() -> None:
    rows = [row(0), row(1, study_instance_uid="1.1.0"), row(2, pixel_sha256=f"{1:064x}"), row(3), row(4)]
    keys = [each.patient_key for each in rows]
    assert linked_patients(rows, [NearDuplicate(3, 2, 0.95)]) == [tuple(keys[:4]), (keys[4],)]
