"""What `cauce service submit` sends and says."""

import socket
import threading
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cauce.cli.service import app
from cauce.domain.errors import InputError
from cauce.service.client import _studies, submit
from cauce.service.settings import ServiceSettings
from running import running


def test_files_are_grouped_by_study_and_lose_their_names(studies: list[Path], tmp_path: Path) -> None:
    for number, source in enumerate((studies[0], studies[0], studies[1])):
        (tmp_path / f"ZZYZX-{number}.dcm").write_bytes(source.read_bytes())
    grouped = _studies(tmp_path)
    assert [len(files) for files, _ in grouped] == [2, 1]
    assert b"ZZYZX-" not in grouped[0][1]


def test_nobody_there_is_one_clear_line(studies: list[Path]) -> None:
    result = CliRunner().invoke(app, ["submit", str(studies[0]), "--url", "http://127.0.0.1:9"])
    assert result.exit_code == 2
    assert "no service answers" in result.stderr
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize("url", ["file:///etc", "nonsense", "", "http://", "http://[::1", "http://127.0.0.1:port"])
def test_an_address_that_is_none_is_said_before_anything_is_read(url: str) -> None:
    with pytest.raises(InputError, match="not a web address"):
        list(submit(Path("nowhere"), url, queue=False, progress=lambda *_: None))


@pytest.mark.parametrize("answer", [b"SSH-2.0-OpenSSH\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n<a/>"])
def test_another_kind_of_server_is_one_clear_line(studies: list[Path], answer: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        def once() -> None:
            connection = server.accept()[0]
            with connection:
                connection.recv(1 << 20)
                connection.sendall(answer)

        thread = threading.Thread(target=once)
        thread.start()
        with pytest.raises(InputError, match=r"no cauce service|no service answers"):
            list(submit(studies[0], f"http://127.0.0.1:{server.getsockname()[1]}", queue=False, progress=lambda *_: None))
        thread.join()


def test_both_paths_give_the_same_probabilities(tmp_path: Path, bundle: Path, studies: list[Path], ct: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    for path in (*studies[:2], ct):
        (folder / path.name).write_bytes(path.read_bytes())
    (folder / "note.dcm").write_text("not a study")
    settings = ServiceSettings(workspace=tmp_path / "w", bundle=bundle, port=0, workers=1)
    with running(settings) as service:
        service.wait_until_ready(workers=1)
        queued = list(submit(folder, service.url, queue=True, progress=lambda *_: None))
        fast = list(submit(folder, service.url, queue=False, progress=lambda *_: None))
        shown = CliRunner().invoke(app, ["submit", str(folder), "--url", service.url])
    assert shown.exit_code == 0
    assert "refused" not in shown.stdout.split("\n")[0]
    by_file = {item.files[0]: item for item in queued}
    for item in fast:
        if item.status == 200:
            assert item.answer["probability"] == by_file[item.files[0]].answer["probability"]
    assert by_file["ct.dcm"].answer["decision"] == "refused"
    assert by_file["note.dcm"].status == 422
    assert {item.files[0]: item.status for item in fast}["ct.dcm"] == 422
