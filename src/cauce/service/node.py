"""The DICOM node: instances arrive one by one, on disk before they are acknowledged; a study that is quiet becomes a job."""

import signal
import threading
import time
from pathlib import Path

from cauce.dicom.uids import uid_from
from cauce.domain.errors import CauceError
from cauce.domain.record import sha256_hex
from cauce.service.dbos_adapter import JobQueue, prepare_database
from cauce.service.desk import Desk, open_desk
from cauce.service.durable import create_once, flush_folder, private_folder, remove_folder
from cauce.service.intake import Part, study_uid
from cauce.service.pynetdicom_adapter import start_node
from cauce.service.quiet_log import LOG
from cauce.service.receive import receive
from cauce.service.settings import NodeSettings, ServiceSettings

_LOOK_S = 0.5


class Inbox:
    """Received instances, one folder per study, named by digests: no UID, name or id stands in a path."""

    def __init__(self, root: Path) -> None:
        self._root = private_folder(root)

    def keep(self, data: bytes) -> None:
        """Keep one instance; durable on return. An instance whose study cannot be told is a study of its own."""
        part = Part(data)
        try:
            uid = study_uid(part)
        except CauceError:
            uid = uid_from("study", part.sha256)
        create_once(self._root / sha256_hex(uid.encode()) / part.sha256, data)

    def quiet_studies(self, stable_s: float) -> list[Path]:
        """Folders of studies that received nothing for `stable_s` seconds."""
        now = time.time()
        folders = [path for path in sorted(self._root.iterdir()) if not path.name.startswith(".")]
        return [path for path in folders if now - path.stat().st_mtime >= stable_s]

    def hand_over(self, folder: Path, *, desk: Desk, queue: JobQueue) -> None:
        """Make a study's instances a job, then forget them. Instances that come meanwhile wait for the next round."""
        files = [path for path in sorted(folder.iterdir()) if not path.name.startswith(".")]
        try:
            job = receive(tuple(Part(path.read_bytes()) for path in files), desk=desk, queue=queue)
            LOG.info("received study is job %s, %d instances", job.id[:12], len(files))
        except CauceError as error:
            self._set_aside(folder)
            LOG.warning("received study is set aside: %s", error.code)
            return
        for path in files:
            path.unlink()
        flush_folder(folder)
        try:
            folder.rmdir()
        except OSError:
            return  # an instance arrived in between; its folder becomes quiet again

    def _set_aside(self, folder: Path) -> None:
        target = private_folder(self._root.parent / "unreadable") / folder.name
        remove_folder(target)
        folder.rename(target)


def run_node(settings: ServiceSettings) -> None:
    """Receive until SIGTERM or SIGINT. Studies that are not quiet yet stay on disk and are taken up at the next start."""
    workspace = settings.open_workspace()
    node = settings.node or NodeSettings()
    desk = open_desk(settings)
    prepare_database(workspace.jobs_url)
    queue = JobQueue(workspace.jobs_url, model_digest=desk.studies.model_digest)
    inbox = Inbox(workspace.folder("service") / "inbox")
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    server = start_node(node, inbox.keep)
    LOG.info("DICOM node listens at %s:%d", node.host, server.server_address[1])
    while not stopped.wait(_LOOK_S):
        for folder in inbox.quiet_studies(node.stable_s):
            inbox.hand_over(folder, desk=desk, queue=queue)
    server.shutdown()
    queue.close()
