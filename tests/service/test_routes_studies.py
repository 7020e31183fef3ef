"""The fast path as a caller sees it."""

import base64
import io
import zipfile
from pathlib import Path

import pydicom
import pytest
from fastapi.testclient import TestClient

PROBLEM = {"type", "title", "status", "detail", "code"}


def zipped(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def results_of(client: TestClient) -> list[str]:
    return client.app.state.office.desk.results.keys()


def test_a_radiograph_is_answered_with_everything_a_reader_needs(client: TestClient, studies: list[Path]) -> None:
    answer = client.post("/v1/studies", content=studies[0].read_bytes()).json()
    assert 0 <= answer["probability"] <= 1
    assert answer["decision"] == ("positive" if answer["probability"] >= answer["operating_point"]["threshold"] else "negative")
    assert answer["model"]["version"] == 3
    assert len(answer["model"]["digest"]) == 64
    assert len(answer["heat_map"]["values"]) == answer["heat_map"]["rows"] * answer["heat_map"]["columns"]
    assert base64.b64decode(answer["heat_map"]["png_base64"]).startswith(b"\x89PNG")
    assert client.get(answer["links"]["self"]).json() == answer


def test_a_positive_answer_says_where(client: TestClient, studies: list[Path]) -> None:
    answers = [client.post("/v1/studies", content=path.read_bytes()).json() for path in studies[:3]]
    positive = [answer for answer in answers if answer["decision"] == "positive"]
    assert positive, "the fixture's threshold lets some studies be positive"
    assert all(answer["findings"][0]["place"]["side"] in ("left", "right") for answer in positive)


def test_raw_zip_and_form_give_the_same_result(client: TestClient, studies: list[Path]) -> None:
    data = studies[0].read_bytes()
    raw = client.post("/v1/studies", content=data).json()
    archive = client.post("/v1/studies", content=zipped({"a/b.dcm": data})).json()
    form = client.post("/v1/studies", files={"files": ("x.dcm", data)}).json()
    assert raw == archive == form
    assert len(results_of(client)) == 1


def test_the_same_study_sent_twice_is_one_result(client: TestClient, studies: list[Path]) -> None:
    first = client.post("/v1/studies", content=studies[0].read_bytes()).json()
    assert client.post("/v1/studies", content=studies[0].read_bytes()).json() == first
    assert len(results_of(client)) == 1


def test_documents_are_there(client: TestClient, studies: list[Path]) -> None:
    links = client.post("/v1/studies", content=studies[0].read_bytes()).json()["links"]
    for language in ("en", "es"):
        report = client.get(links[f"report_{language}"])
        assert report.headers["content-type"] == "application/pdf"
        assert report.content.startswith(b"%PDF")
    sr = client.get(links["sr"])
    assert pydicom.dcmread(io.BytesIO(sr.content)).Modality == "SR"
    assert client.get(links["self"] + "/report.pdf?language=fr").status_code == 422


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "bad-input"),
        (b"Dear colleague, see attached.", 422, "unreadable-image"),
        (bytes(5000), 422, "unreadable-image"),
        (zipped({}), 422, "bad-archive"),
        (zipped({"../x.dcm": b"x"}), 422, "bad-archive"),
        (b"PK\x03\x04 not really", 422, "bad-archive"),
    ],
)
def test_what_is_no_study_gets_a_problem_and_leaves_nothing(client: TestClient, body: bytes, status: int, code: str) -> None:
    for route in ("/v1/studies", "/v1/jobs"):
        answer = client.post(route, content=body)
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert answer.headers["content-type"] == "application/problem+json"
        assert set(answer.json()) >= PROBLEM
    assert results_of(client) == []
    assert client.app.state.office.desk.spool.keys() == []


def test_truncated_dicom_is_refused_and_leaves_nothing(client: TestClient, studies: list[Path]) -> None:
    data = studies[0].read_bytes()
    for route in ("/v1/studies", "/v1/jobs"):
        answer = client.post(route, content=data[: len(data) // 2])
        assert (answer.status_code, answer.json()["code"]) == (422, "unreadable-image")
    assert results_of(client) == []


def test_a_ct_is_out_of_intended_use_and_its_refusal_is_stored(client: TestClient, ct: Path) -> None:
    answer = client.post("/v1/studies", content=ct.read_bytes())
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (422, "out-of-intended-use")
    assert problem["refusal"] == "not-a-radiograph"
    stored = client.get(problem["result"]).json()
    assert (stored["decision"], stored["probability"]) == ("refused", None)
    assert client.get(stored["links"]["sr"]).status_code == 200


def test_files_of_two_studies_are_not_one_study(client: TestClient, studies: list[Path]) -> None:
    answer = client.post("/v1/studies", content=zipped({str(i): path.read_bytes() for i, path in enumerate(studies[:2])}))
    assert (answer.status_code, answer.json()["code"]) == (400, "bad-input")
    assert "2 studies" in answer.json()["detail"]


def test_an_unreadable_file_beside_a_readable_one_is_named_in_the_result(client: TestClient, studies: list[Path]) -> None:
    answer = client.post("/v1/studies", content=zipped({"a": studies[0].read_bytes(), "b": b"a note"})).json()
    assert sorted(item["decision"] == "refused" for item in answer["instances"]) == [False, True]
    assert answer["probability"] is not None


def test_too_large_a_body_is_refused_by_its_length_and_while_it_arrives(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit = 256 << 20
    assert client.post("/v1/studies", content=b"x", headers={"content-length": str(limit + 1)}).status_code == 413
    answer = client.post("/v1/studies", content=(bytes(8 << 20) for _ in range(33)))
    assert (answer.status_code, answer.json()["code"]) == (413, "too-large")


def test_unknown_ids_are_not_found(client: TestClient) -> None:
    for path in ("/v1/jobs/", "/v1/results/"):
        answer = client.get(path + "0" * 64)
        assert (answer.status_code, answer.json()["code"]) == (404, "not-found")
        assert client.get(path + "../../etc/passwd").status_code in (404, 422)
    assert client.get("/v1/nothing").headers["content-type"] == "application/problem+json"


def test_more_studies_than_may_be_in_work_are_told_to_come_back(client: TestClient, studies: list[Path]) -> None:
    fast = client.app.state.office.fast
    for _ in range(8):
        fast.enter()
    answer = client.post("/v1/studies", content=studies[0].read_bytes())
    assert (answer.status_code, answer.json()["code"], answer.headers["retry-after"]) == (429, "busy", "2")
    fast.leave()
    assert client.post("/v1/studies", content=studies[0].read_bytes()).status_code == 200


def test_health_and_measurements(client: TestClient, studies: list[Path]) -> None:
    client.post("/v1/studies", content=studies[0].read_bytes())
    assert client.get("/health/live").json() == {"status": "live"}
    ready = client.get("/health/ready")
    assert (ready.status_code, ready.json()["status"], ready.json()["workers"]) == (200, "ready", [])
    text = client.get("/metrics").text
    assert 'cauce_requests_total{route="/v1/studies",status="200"} 1.0' in text
    assert 'cauce_jobs{state="queued"} 0.0' in text


def test_the_interface_describes_itself_and_loads_nothing_from_elsewhere(client: TestClient) -> None:
    described = client.get("/openapi.json").json()
    assert set(described["paths"]) >= {"/v1/studies", "/v1/jobs", "/v1/jobs/{job_id}", "/v1/results/{result_id}"}
    assert client.get("/docs").status_code == 404
