"""Settings of a workspace: `cauce.toml`, overridden by `CAUCE_*` environment variables."""

import tomllib
from enum import StrEnum
from pathlib import Path

from pydantic import ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
    TomlConfigSettingsSource,
)

from cauce.domain.errors import ConfigurationError


class Language(StrEnum):
    """Languages of reports and pages."""

    ENGLISH = "en"
    SPANISH = "es"


class Settings(BaseSettings):
    """What can be set for a workspace. Nothing is read at import; call `load_settings`.

    Attributes:
        database_url: PostgreSQL URL for searches, jobs and monitoring of a team; empty means SQLite files in the workspace.
        tracking_uri: MLflow server; empty means `mlflow.db` in the workspace.
        pseudonym_key_file: file with a secret for PatientKeys; empty means the public default, which is enough for
            data that are already pseudonymous and not enough for clinical identifiers.
        maximum_upload_mb: largest body that the service reads.
        alert_urls: where alerts of monitoring are sent (mail, chat, webhook), as apprise URLs; empty means nowhere.
    """

    model_config = SettingsConfigDict(env_prefix="CAUCE_", extra="forbid", frozen=True)

    database_url: str = ""
    tracking_uri: str = ""
    pseudonym_key_file: str = ""
    language: Language = Language.ENGLISH
    maximum_upload_mb: int = 256
    institution: str = ""
    alert_urls: tuple[str, ...] = ()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - pydantic-settings fixes the signature
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Environment before file."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)


def load_settings(toml: Path) -> Settings:
    """Read `toml`, if it is there, and the environment.

    Raises:
        ConfigurationError: a key is unknown or a value is of the wrong kind.
    """

    class FileSettings(Settings):
        model_config = SettingsConfigDict(toml_file=toml)

    try:
        return Settings.model_construct(**FileSettings().model_dump())
    except SettingsError as error:  # a list, such as CAUCE_ALERT_URLS, that is not JSON; the value may hold a password
        where = "environment" if "EnvSettingsSource" in str(error) else toml.name
        raise ConfigurationError(
            "a list is not written as one", where=where, remedy='Write lists as JSON, e.g. CAUCE_ALERT_URLS=["json://host"].'
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"not valid TOML: {error}", where=toml.name, remedy="Correct the file.") from None
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise ConfigurationError(
            f"setting '{key}': {first['msg']}", where=toml.name, remedy="Correct cauce.toml or the CAUCE_* variable."
        ) from None
