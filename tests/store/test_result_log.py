import sqlite3
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cauce.domain.errors import ConfigurationError, InputError
from cauce.domain.estimate import Estimate
from cauce.domain.model import OperatingPoint
from cauce.domain.record import sha256_hex
from cauce.domain.result import Decision, InstanceResult, Provenance, Refusal, Result
from cauce.domain.study import Acquisition, PixelStatistics
from cauce.store.result_log import ResultLog

MODEL = sha256_hex(b"model")
START = datetime(2026, 3, 1, 8, tzinfo=UTC)
POINT = OperatingPoint(
    threshold=0.5, target="sensitivity 0.95",
    sensitivity=Estimate.insufficient("sensitivity", "test", 0, 0, "test"),
    specificity=Estimate.insufficient("specificity", "test", 0, 0, "test"),
)
STATISTICS = PixelStatistics(
    mean=0.5, standard_deviation=0.2, p01=0.0, p25=0.3, p50=0.5, p75=0.7, p99=1.0,
    noise=0.01, sharpness=0.1, contrast=0.8, border_fraction=0.0,
)


def study(number: int, *, refused: bool = False, patient: int | None = None) -> Result:
    key = f"P{number if patient is None else patient:016x}"
    instance = InstanceResult(
        instance=f"{number}.dcm", patient_key=key, study_instance_uid=f"2.25.{number}", series_instance_uid=f"2.25.{number}1",
        sop_instance_uid=f"2.25.{number}2", rows=512, columns=512,
        decision=Decision.REFUSED if refused else Decision.NEGATIVE, probability=None if refused else 0.25,
        refusal=Refusal(code="lateral-view", reason="a lateral view") if refused else None,
        acquisition=Acquisition(
            vendor="Northlight", age_years=53.7, tags={"KVP": "120", "DeviceSerialNumber": "SN-4711", "StudyDate": "20260301"}
        ),
        statistics=None if refused else STATISTICS,
        provenance=Provenance(
            model_name="chest", model_version=1, model_digest=MODEL, input_sha256=sha256_hex(str(number).encode()),
            engine="test", cauce_version="0",
        ),
    )
    return Result.of_study((instance,), POINT)


@pytest.fixture
def log(tmp_path: Path) -> ResultLog:
    return ResultLog(f"sqlite:///{tmp_path / 'monitor.db'}")


def test_what_was_appended_comes_back_in_order_of_time(log: ResultLog) -> None:
    for number in (2, 0, 1):
        log.append(study(number), at=START + timedelta(minutes=number), latency_s=0.5, site="north")
    window = log.window(MODEL)
    assert [row.at for row in window] == [START + timedelta(minutes=n) for n in range(3)]
    assert window[0].probability == 0.25
    assert window[0].image == STATISTICS.model_dump()
    assert window[0].acquisition["vendor"] == "Northlight"
    assert window[0].acquisition["age_band"] == "40-64"
    assert (window[0].latency_s, window[0].site) == (0.5, "north")
    assert log.counts() == [("chest", MODEL, 3)]


def test_a_result_sent_twice_is_one_row_even_from_many_threads_at_once(log: ResultLog) -> None:
    with ThreadPoolExecutor(4) as pool:
        ids = set(pool.map(lambda n: log.append(study(n % 2), at=START + timedelta(minutes=n)), range(20)))
    assert len(ids) == 2
    assert len(log.window(MODEL)) == 2


def test_a_window_is_the_last_n_or_a_span_of_time_that_leaves_out_its_end(log: ResultLog) -> None:
    for number in range(6):
        log.append(study(number), at=START + timedelta(hours=number))
    assert [row.at.hour for row in log.window(MODEL, last=2)] == [12, 13]
    span = log.window(MODEL, since=START + timedelta(hours=1), until=START + timedelta(hours=3))
    assert [row.at.hour for row in span] == [9, 10]
    assert log.window(sha256_hex(b"another")) == []


def test_a_refused_study_is_logged_with_its_code_and_no_number(log: ResultLog) -> None:
    log.append(study(1, refused=True), at=START)
    (row,) = log.window(MODEL)
    assert (row.decision, row.refusal, row.probability, row.image) == (Decision.REFUSED, "lateral-view", None, {})


def test_the_database_holds_no_patient_key_no_uid_and_no_device_identity(log: ResultLog, tmp_path: Path) -> None:
    log.append(study(77, patient=0xABCDEF), at=START)
    with sqlite3.connect(tmp_path / "monitor.db") as connection:
        (row,) = connection.execute("select * from monitor_results").fetchall()
    text = repr(row)
    for secret in ("abcdef", "2.25.77", "77.dcm", "SN-4711", "20260301", "53.7", sha256_hex(b"77")):
        assert secret not in text


def test_two_studies_of_a_patient_share_the_cluster_key(log: ResultLog) -> None:
    for number, patient in ((1, 5), (2, 5), (3, 6)):
        log.append(study(number, patient=patient), at=START + timedelta(minutes=number))
    first, second, other = (row.patient for row in log.window(MODEL))
    assert first == second != other


def test_a_time_without_zone_is_refused(log: ResultLog) -> None:
    with pytest.raises(ValueError, match="time zone"):
        log.append(study(1), at=datetime(2026, 3, 1))


def test_a_file_that_is_no_database_and_an_unknown_kind_of_database_are_named(tmp_path: Path) -> None:
    (tmp_path / "monitor.db").write_text("not a database, but long enough to be read as one " * 50)
    with pytest.raises(InputError, match="cannot be used"):
        ResultLog(f"sqlite:///{tmp_path / 'monitor.db'}")
    with pytest.raises(ConfigurationError, match="postgresql"):
        ResultLog("mysql://somewhere/else")
