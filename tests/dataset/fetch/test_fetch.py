"""Against a real HTTP server on loopback: ranges, cut connections, wrong digests, refusals, redirects, archives."""

import hashlib
import io
import tarfile
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from cauce.dataset.fetch.catalogue import CATALOGUE, Kind, RemoteFile
from cauce.dataset.fetch.download import download
from cauce.dataset.fetch.run import fetch, public_set
from cauce.dataset.fetch.unpack import unpack_tar
from cauce.dataset.index import index_cohort
from cauce.domain.errors import ArchiveError, InputError, IntegrityError, NotFoundError
from cauce.domain.progress import silent
from cauce.store.workspace import Workspace

CONTENT = np.random.default_rng(0).bytes(5_000_000)


class Server(ThreadingHTTPServer):
    """Serves `files`; closes each of the first `cuts` connections after a part; ignores ranges on demand."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.files, self.redirects, self.ranges = {"/set": CONTENT}, {}, []
        self.cuts, self.knows_ranges = 0, True

    def address(self, path: str = "/set", host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.server_port}{path}"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        server = self.server
        if self.path in server.redirects:
            self.send_response(302)
            self.send_header("Location", server.redirects[self.path])
            self.end_headers()
            return
        if self.path not in server.files:
            self.send_error(404)
            return
        data, asked = server.files[self.path], self.headers.get("Range")
        server.ranges.append(asked)
        start = int(asked.removeprefix("bytes=").rstrip("-")) if asked and server.knows_ranges else 0
        if start >= len(data):
            self.send_error(416)
            return
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
        self.send_header("Content-Length", str(len(data) - start))
        self.end_headers()
        rest = data[start:]
        if server.cuts:
            server.cuts -= 1
            self.wfile.write(rest[: len(rest) // 2])
            self.wfile.flush()
            self.connection.close()
            return
        self.wfile.write(rest)

    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield made
    made.shutdown()
    made.server_close()


def remote(server: Server, path: str = "/set", **changes: object) -> RemoteFile:
    md5 = hashlib.md5(server.files.get(path, b""), usedforsecurity=False).hexdigest()
    return replace(RemoteFile(server.address(path), "set.bin", md5), **changes)


def get(file: RemoteFile, folder: Path, hosts: tuple[str, ...] = (), pin: str | None = None) -> Path:
    return download(file, folder, hosts=hosts, pin=pin, progress=silent, pause_s=0.0)


def test_a_cut_download_goes_on_where_it_stopped(server: Server, tmp_path: Path) -> None:
    server.cuts = 2
    assert get(remote(server), tmp_path).read_bytes() == CONTENT
    assert server.ranges[0] is None
    assert all(asked for asked in server.ranges[1:])
    assert [path.name for path in tmp_path.iterdir()] == ["set.bin"]


def test_a_server_without_ranges_is_read_from_the_start(server: Server, tmp_path: Path) -> None:
    (tmp_path / ".partial-set.bin").write_bytes(b"x" * 1000)
    server.knows_ranges = False
    assert get(remote(server), tmp_path).read_bytes() == CONTENT


def test_a_part_of_an_earlier_call_is_kept_and_a_whole_file_is_not_fetched_again(server: Server, tmp_path: Path) -> None:
    (tmp_path / ".partial-set.bin").write_bytes(CONTENT[:1_000_000])
    get(remote(server), tmp_path)
    assert server.ranges == ["bytes=1000000-"]
    get(remote(server), tmp_path)
    assert len(server.ranges) == 1


def test_a_connection_that_is_always_cut_keeps_the_part_and_says_so(server: Server, tmp_path: Path) -> None:
    server.cuts = 5
    with pytest.raises(InputError, match="goes on from where it stopped"):
        get(remote(server), tmp_path)
    assert (tmp_path / ".partial-set.bin").stat().st_size > 0
    assert get(remote(server), tmp_path).read_bytes() == CONTENT


def test_a_wrong_checksum_deletes_the_file_and_is_told(server: Server, tmp_path: Path) -> None:
    with pytest.raises(IntegrityError, match="damaged or was replaced"):
        get(remote(server, md5="0" * 32), tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_file_without_published_checksum_needs_a_pin(server: Server, tmp_path: Path) -> None:
    file, sha256 = remote(server, md5=None), hashlib.sha256(CONTENT).hexdigest()
    with pytest.raises(IntegrityError, match=f"--pin set.bin={sha256}"):
        get(file, tmp_path)
    assert not (tmp_path / "set.bin").exists()
    assert get(file, tmp_path, pin=sha256).exists()
    with pytest.raises(IntegrityError, match="not the pinned one"):
        get(file, tmp_path, pin="1" * 64)


def test_what_is_not_there_is_refused_in_one_line(server: Server, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="answers 404"):
        get(remote(server, "/nothing"), tmp_path)


def test_a_redirect_is_followed_to_a_listed_host_only(server: Server, tmp_path: Path) -> None:
    server.redirects["/moved"] = server.address("/set", host="localhost")
    file = remote(server, "/moved", md5=remote(server).md5)
    with pytest.raises(InputError, match="not listed"):
        get(file, tmp_path)
    assert get(file, tmp_path, hosts=("localhost",)).read_bytes() == CONTENT


def archive(*members: tarfile.TarInfo) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as tar:
        for member in members:
            tar.addfile(member, io.BytesIO(bytes(member.size)) if member.isfile() else None)
    return stream.getvalue()


def member(name: str, size: int = 10, **fields: object) -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    made.size = size
    for key, value in fields.items():
        setattr(made, key, value)
    return made


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (member("../out.txt"), "leads out"), (member("/etc/out"), "leads out"), (member("a/..\\..\\out"), "leads out"),
        (member("link", 0, type=tarfile.SYMTYPE, linkname="/etc/passwd"), "link or device"),
        (member("hard", 0, type=tarfile.LNKTYPE, linkname="good.txt"), "link or device"),
        (member("device", 0, type=tarfile.CHRTYPE), "link or device"), (member("bomb", 80_000_000), "far more"),
    ],
)
def test_hostile_entries_are_refused(bad: tarfile.TarInfo, words: str, tmp_path: Path) -> None:
    (tmp_path / "a.tar.gz").write_bytes(archive(member("good.txt"), bad))
    with pytest.raises(ArchiveError, match=words):
        unpack_tar(tmp_path / "a.tar.gz", tmp_path / "to", progress=silent)
    assert {path.name for path in tmp_path.rglob("*")} <= {"a.tar.gz", "to", "good.txt"}


def test_a_cut_archive_is_refused_and_leaves_no_data(server: Server, tmp_path: Path) -> None:
    server.files["/task"] = archive(member("Task/imagesTr/a.nii.gz", 5000), member("Task/._a", 10))[:-40]
    task = replace(CATALOGUE["Task04_Hippocampus"], files=(remote(server, "/task"),))
    with pytest.raises(ArchiveError, match="damaged"):
        fetch(task, tmp_path / "to", accepts_licence=True, pins={}, pause_s=0.0)
    assert not (tmp_path / "to" / "data").exists()


def test_a_segmentation_task_is_unpacked_without_what_file_managers_left(server: Server, tmp_path: Path) -> None:
    server.files["/task"] = archive(member("Task/imagesTr/a.nii.gz", 5000), member("Task/imagesTr/._a.nii.gz", 10))
    task = replace(CATALOGUE["Task04_Hippocampus"], files=(remote(server, "/task"),))
    made = fetch(task, tmp_path / "to", accepts_licence=True, pins={}, pause_s=0.0)
    assert made.cohort is None
    assert [path.name for path in (made.folder / "data").rglob("*") if path.is_file()] == ["a.nii.gz"]


def test_a_fetched_set_can_be_indexed_at_once(server: Server, tmp_path: Path) -> None:
    generator, stream = np.random.default_rng(1), io.BytesIO()
    arrays = {}
    for part, count in (("train", 12), ("val", 4), ("test", 4)):
        arrays[f"{part}_images"] = generator.integers(0, 255, (count, 64, 64), dtype=np.uint8)
        arrays[f"{part}_labels"] = np.arange(count)[:, None] % 2
    np.savez(stream, **arrays)
    server.files["/npz"] = stream.getvalue()
    public = replace(CATALOGUE["pneumoniamnist"], files=(remote(server, "/npz"),))
    with pytest.raises(InputError, match=r"CC BY 4\.0.*--accept-licence"):
        fetch(public, tmp_path / "to", accepts_licence=False, pins={})
    assert not (tmp_path / "to").exists()
    made = fetch(public, tmp_path / "to", accepts_licence=True, pins={}, pause_s=0.0)
    cohort = index_cohort(Workspace.open(tmp_path / "w"), made.cohort, name="fetched")
    assert (cohort.n_instances, cohort.exclusions) == (20, ())


def test_the_radiograph_table_is_reduced_to_one_question(server: Server, tmp_path: Path) -> None:
    header = "Image Index,Finding Labels,Follow-up #,Patient ID,Patient Age,Patient Gender,View Position\n"
    lines = "a.png,Mass|Nodule,0,1,58,M,PA\nb.png,No Finding,0,2,40,F,AP\nc.png,Mass,0,3,1,F,PA\n"
    server.files["/table"] = (header + lines).encode()
    server.files["/images"] = archive(member("images/a.png"), member("images/b.png"))
    files = (replace(remote(server, "/table"), name="t.csv", md5=None), replace(remote(server, "/images"), name="i.tar.gz"))
    public = replace(CATALOGUE["chestxray14"], files=files)
    pins = {"t.csv": hashlib.sha256(server.files["/table"]).hexdigest()}
    made = fetch(public, tmp_path / "to", accepts_licence=True, pins=pins, pause_s=0.0)
    lines = (made.cohort.parent / "table.csv").read_text().splitlines()
    assert lines[1:] == ["a.png,1,finding,Mass|Nodule,PA,M,58", "b.png,2,No Finding,No Finding,AP,F,40"]
    with pytest.raises(InputError, match="no file named 'x'"):
        fetch(public, tmp_path / "to", accepts_licence=True, pins={"x": "0" * 64})


def test_every_entry_of_the_catalogue_is_complete() -> None:
    for public in CATALOGUE.values():
        assert public.licence
        assert public.citation
        assert public.source.startswith("http")
        assert all(file.address.startswith("https://") for file in public.files)
        assert all(file.md5 is None or len(file.md5) == 32 for file in public.files)
    assert {public.kind for public in CATALOGUE.values()} == set(Kind)
    assert public_set("task04_hippocampus").name == "Task04_Hippocampus"
    with pytest.raises(NotFoundError, match="There are: pathmnist"):
        public_set("nope")
