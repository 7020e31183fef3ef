"""What a service process must know, as one value that travels to its child processes as JSON."""

from pathlib import Path

from pydantic import Field

from cauce.domain.record import Record
from cauce.store.workspace import Workspace

LOOPBACK = "127.0.0.1"


class NodeSettings(Record):
    """A DICOM node that receives studies.

    Attributes:
        allowed_callers: calling AE titles that are let in; empty lets in all.
        stable_s: a study that received nothing for so long is complete.
        maximum_pdu_bytes: longest PDU that is read; a longer one ends the association before it is held in memory.
    """

    host: str = LOOPBACK
    port: int = Field(default=11112, ge=0, le=65535)
    ae_title: str = Field(default="CAUCE", min_length=1, max_length=16)
    allowed_callers: tuple[str, ...] = ()
    stable_s: float = Field(default=5.0, gt=0)
    maximum_pdu_bytes: int = Field(default=1 << 20, ge=4096)


class ServiceSettings(Record):
    """One running service.

    Attributes:
        workspace: folder with spool, results, queue and monitoring databases.
        bundle: folder of the model's bundle, checked by whoever resolved it.
        model_version: number in the registry or release; None for a bundle that was never registered.
        host: address to listen at; the default is reachable from this machine only.
        fast_limit: studies on the fast path at one time; more are answered 429.
        drain_s: how long work that was begun is waited for after SIGTERM.
        node: DICOM node to run beside; None for none.
    """

    workspace: Path
    bundle: Path
    model_version: int | None = None
    host: str = LOOPBACK
    port: int = Field(default=8000, ge=0, le=65535)
    workers: int = Field(default=1, ge=0, le=64)
    fast_limit: int = Field(default=8, ge=1)
    drain_s: float = Field(default=30.0, ge=0)
    node: NodeSettings | None = None

    def open_workspace(self) -> Workspace:
        """The workspace with its settings."""
        return Workspace.open(self.workspace)
