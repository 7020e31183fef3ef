"""The blanks of a dossier, and the file in which people answer them."""

from pathlib import Path

from cauce.domain.errors import ConfigurationError
from cauce.domain.record import canonical_json
from cauce.store.settings import Language

BLANKS = {
    "author": "manufacturer", "reviewer": "manufacturer", "container": "manufacturer",
    "users": "clinical", "population": "clinical", "contraindications": "clinical", "misuse": "clinical",
    "class": "regulatory", "standards": "regulatory", "conformity": "regulatory", "changes_planned": "regulatory",
    "study_design": "clinical", "data_dates": "data", "ethics": "data", "funding": "manufacturer",
    "hypothesis": "statistician", "registration": "statistician",
    "rationale": "clinical", "annotators": "clinical", "reader_agreement": "clinical",
    "corruptions": "developer", "repeatability": "developer", "explainability": "developer",
    "oversight": "clinical", "instructions": "manufacturer", "verification": "developer",
    "threats": "security", "hazards": "regulatory", "acceptance": "site", "monitoring": "site",
    "limitations": "clinical", "implications": "clinical", "involvement": "clinical",
}
"""Blank → who must fill it. Prompts and roles stand in `texts.yaml`."""


def read_answers(path: Path) -> bytes:
    """The answers of a YAML file `blank: text` as canonical JSON; blanks left empty stay blank.

    Raises:
        ConfigurationError: no such file, no mapping of texts, or a key that is no blank.
    """
    import yaml

    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError:
        remedy = "`cauce model dossier` writes one to fill."
        raise ConfigurationError("file not found", where=path.name, remedy=remedy) from None
    except (yaml.YAMLError, UnicodeDecodeError):
        raise ConfigurationError("not valid YAML", where=path.name) from None
    content = content or {}
    if not isinstance(content, dict) or not all(isinstance(value, str | None) for value in content.values()):
        raise ConfigurationError("answers are a mapping of blank to text", where=path.name, remedy="Quote the texts.")
    unknown = sorted(str(key) for key in content if key not in BLANKS)
    if unknown:
        raise ConfigurationError("no such blank", where=path.name, expected=", ".join(BLANKS), got=", ".join(unknown))
    return canonical_json({key: value.strip() for key, value in content.items() if value and value.strip()})


def template(prompts: dict[str, str], language: Language) -> str:
    """A YAML file with every blank, its prompt above it.

    Args:
        prompts: by blank.
    """
    head = {Language.ENGLISH: "# Answer what you can; give the file to `cauce model dossier --answers`.",
            Language.SPANISH: "# Complete lo que pueda y entregue el archivo a `cauce model dossier --answers`."}[language]
    lines = [head, ""]
    for key in BLANKS:
        lines += [f"# {prompts[key]}", f'{key}: ""', ""]
    return "\n".join(lines)
