"""What every service process works at: the model, the spool, the results and the monitoring log of one workspace."""

from dataclasses import dataclass

from cauce.domain.record import Digest
from cauce.domain.result import Result
from cauce.service.analysis import StudyAnalysis, open_analysis
from cauce.service.durable import private_folder
from cauce.service.results import ResultStore
from cauce.service.settings import ServiceSettings
from cauce.service.spool import Spool
from cauce.store.result_log import ResultLog


@dataclass(frozen=True)
class Desk:
    """Fast path and queue both work through this, so that they cannot give different answers."""

    studies: StudyAnalysis
    spool: Spool
    results: ResultStore
    log: ResultLog
    site: str

    def deliver(self, key: Digest, result: Result, *, latency_s: float) -> Result:
        """Log a result for monitoring and store it; gives the stored one. Doing it again, even at once, changes nothing.

        The log comes first: it knows the study by its content, so a crash between the two leaves nothing to repair.
        """
        self.log.append(result, latency_s=latency_s, site=self.site)
        self.results.publish(key, result)
        return self.results.get(key)


def open_desk(settings: ServiceSettings) -> Desk:
    """Load the model and open the stores.

    Raises:
        IntegrityError: the bundle was changed.
    """
    workspace = settings.open_workspace()
    return Desk(
        studies=open_analysis(settings.bundle, version=settings.model_version, workspace=workspace),
        spool=Spool(private_folder(workspace.folder("service") / "spool")),
        results=ResultStore(private_folder(workspace.root / "results")),
        log=ResultLog(workspace.monitor_url),
        site=workspace.settings.institution,
    )
