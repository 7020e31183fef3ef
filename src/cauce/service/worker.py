"""A worker: takes jobs from the durable queue and runs their steps."""

import re
import signal
import threading

from cauce.domain.errors import InputError
from cauce.service.dbos_adapter import WorkerIdentity, prepare_database, start_worker
from cauce.service.desk import open_desk
from cauce.service.heartbeat import start_heartbeat
from cauce.service.job_steps import JobSteps
from cauce.service.quiet_log import LOG
from cauce.service.settings import ServiceSettings

_NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}")


def run_worker(settings: ServiceSettings, *, name: str) -> None:
    """Work until SIGTERM or SIGINT, then finish the job at hand.

    Args:
        name: stays the same over restarts; a job that was cut off is continued by the worker of the same name.
    """
    if not _NAME.fullmatch(name):
        raise InputError(
            "not a worker's name", where=name[:64], expected="letters, digits, . _ -", remedy="Give another --name."
        )
    workspace = settings.open_workspace()
    desk = open_desk(settings)
    prepare_database(workspace.jobs_url)
    identity = WorkerIdentity(executor_id=name, model_digest=desk.studies.model_digest)
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    stop = start_worker(workspace.jobs_url, JobSteps(desk).named(), identity=identity)
    heart = start_heartbeat(workspace.folder("service/workers"), name)
    LOG.info("%s takes jobs for model %s", name, identity.model_digest[:12])
    stopped.wait()
    heart.set()
    stop(settings.drain_s)
    LOG.info("%s has finished", name)
