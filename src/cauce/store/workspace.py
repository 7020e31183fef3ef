"""The workspace: one folder that holds everything a project makes."""

from dataclasses import dataclass
from pathlib import Path

from cauce.domain.errors import InputError, NotFoundError
from cauce.store.atomic import write_bytes
from cauce.store.blobs import BlobStore
from cauce.store.records import RecordStore
from cauce.store.settings import Settings, load_settings

DEFAULT_FOLDER = "cauce-workspace"

_TEMPLATE = """\
# Settings of this cauce workspace. Every key can also be set as an environment variable, e.g. CAUCE_LANGUAGE=es.
# database_url = "postgresql://user@host/cauce"   # searches, jobs, monitoring of a team; default: SQLite files in this folder
# tracking_uri = "https://mlflow.example.org"     # default: mlflow.db in this folder
# pseudonym_key_file = "patient.key"              # secret that PatientKeys are made with; set it for clinical data
language = "en"                                   # language of reports: en, es
# institution = "Example Hospital"               # on reports of studies that name none; site of monitored results
"""


@dataclass(frozen=True)
class Workspace:
    """Paths and stores of one workspace folder."""

    root: Path
    settings: Settings

    @classmethod
    def open(cls, root: Path) -> "Workspace":
        """Open a workspace, making the folder if it is missing.

        Raises:
            InputError: `root` is a file, or a non-empty folder that is not a workspace.
        """
        root = root.absolute()
        toml = root / "cauce.toml"
        if root.exists() and not root.is_dir():
            raise InputError("not a folder", where=str(root), remedy="Give --workspace a folder.")
        if root.is_dir() and not toml.exists() and any(root.iterdir()):
            raise InputError(
                "the folder holds other files and is no cauce workspace", where=str(root),
                remedy="Give --workspace an empty or new folder.",
            )
        if not toml.exists():
            write_bytes(toml, _TEMPLATE.encode())
        return cls(root=root, settings=load_settings(toml))

    @classmethod
    def existing(cls, root: Path) -> "Workspace":
        """Open a workspace that was made before: what only reads or continues makes no folder where a path was mistyped.

        Raises:
            NotFoundError: there is none; nothing is made.
        """
        if not (root / "cauce.toml").is_file():
            raise NotFoundError(
                "no cauce workspace here", where=str(root.absolute()),
                remedy="Check --workspace; `cauce init` and `cauce run` make one.",
            )
        return cls.open(root)

    @property
    def records(self) -> RecordStore:
        """JSON records by digest."""
        return RecordStore(self.root / "records")

    @property
    def arrays(self) -> BlobStore:
        """Files by digest: tables, prepared images, weights."""
        return BlobStore(self.root / "arrays")

    @property
    def tracking_uri(self) -> str:
        """MLflow tracking and registry."""
        return self.settings.tracking_uri or f"sqlite:///{self.root / 'mlflow.db'}"

    @property
    def jobs_url(self) -> str:
        """Database of the durable queue."""
        return self.settings.database_url or f"sqlite:///{self.root / 'jobs.db'}"

    @property
    def search_url(self) -> str:
        """Database in which processes that search together agree who trains what."""
        return self.settings.database_url or f"sqlite:///{self.root / 'search.db'}"

    @property
    def monitor_url(self) -> str:
        """Database of monitored results."""
        return self.settings.database_url or f"sqlite:///{self.root / 'monitor.db'}"

    def folder(self, name: str) -> Path:
        """A folder of the workspace, made when missing: models, releases, results, reports, ..."""
        path = self.root / name
        path.mkdir(parents=True, exist_ok=True)
        return path
