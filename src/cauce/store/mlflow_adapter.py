"""The one place that knows how MLflow is reached. Imported by the experiment and model stages only."""

import logging
import os
from typing import TYPE_CHECKING

from cauce.domain.errors import InputError, MissingExtraError
from cauce.store.workspace import Workspace

if TYPE_CHECKING:
    from mlflow import MlflowClient


def open_client(workspace: Workspace) -> "MlflowClient":
    """A client for tracking and registry of `workspace`; the SQLite schema is made on first use.

    Raises:
        MissingExtraError: MLflow is not installed.
        InputError: its database is none, or does not answer.
    """
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    os.environ.setdefault("DO_NOT_TRACK", "true")
    os.environ.setdefault("MLFLOW_SERVER_ENABLE_JOB_EXECUTION", "false")  # saves 265 MB per helper process
    os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
    try:
        from mlflow import MlflowClient
        from mlflow.exceptions import MlflowException
        from sqlalchemy.exc import SQLAlchemyError
    except ImportError:
        raise MissingExtraError("MLflow is not installed", remedy="pip install 'cauce[train]'") from None
    for name in ("mlflow", "alembic"):  # schema creation writes a screenful of INFO lines
        logging.getLogger(name).setLevel(logging.WARNING)
    try:
        return MlflowClient(tracking_uri=workspace.tracking_uri, registry_uri=workspace.tracking_uri)
    except (SQLAlchemyError, MlflowException) as error:
        # Only the class: the message may repeat the password of the address.
        raise InputError(
            f"the tracking database cannot be used: {type(error).__name__}", where="tracking_uri or mlflow.db",
            remedy="Check that it is reachable, that the file is a database, and that it can be written.",
        ) from None
