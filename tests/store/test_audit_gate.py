import pytest

from cauce.domain.errors import LeakageError, NotFoundError
from cauce.store.audit_gate import passed_audit
from small_river import NAME, river


def test_a_clean_audit_opens_the_gate(tmp_path):
    made = river(tmp_path)
    assert passed_audit(made.workspace, made.cohort, made.split).passed


def test_a_split_that_was_never_audited_is_refused_with_the_command_to_run(tmp_path):
    made = river(tmp_path, audited=False)
    with pytest.raises(NotFoundError, match=f"cauce dataset audit {NAME}"):
        passed_audit(made.workspace, made.cohort, made.split)


def test_an_audit_with_a_leak_closes_it(tmp_path):
    made = river(tmp_path, leaks=3)
    with pytest.raises(LeakageError, match="3 × patient"):
        passed_audit(made.workspace, made.cohort, made.split)
