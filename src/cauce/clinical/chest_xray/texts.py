"""Words for findings, places and refusals on a chest radiograph, in the languages of the reports."""

from dataclasses import dataclass
from enum import StrEnum

from cauce.domain.codes import Code
from cauce.domain.result import Refusal, Side, Zone
from cauce.store.settings import Language


class RefusalCode(StrEnum):
    """Why an image is not analysed; stable, for machines."""

    NOT_A_RADIOGRAPH = "not-a-radiograph"
    NOT_ONE_IMAGE = "not-one-image"
    WRONG_BODY_PART = "wrong-body-part"
    WRONG_VIEW = "wrong-view"
    ROTATED = "rotated"
    TOO_YOUNG = "too-young"
    TOO_OLD = "too-old"
    TOO_SMALL = "too-small"
    NO_CONTRAST = "no-contrast"
    UNREADABLE = "unreadable"


@dataclass(frozen=True)
class ClinicalTexts:
    """All clinical words of one language.

    Attributes:
        findings: by "SCHEME:value" of the code; a code that is not listed is printed with its own meaning.
        refusals: sentence for each reason.
        expected, got: joined to a refusal's sentence where a comparison failed.
    """

    findings: dict[str, str]
    sides: dict[Side, str]
    zones: dict[Zone, str]
    refusals: dict[RefusalCode, str]
    expected: str
    got: str

    def finding(self, code: Code) -> str:
        """Name of a finding."""
        return self.findings.get(f"{code.scheme}:{code.value}", code.meaning)

    def refusal(self, refusal: Refusal) -> str:
        """Why an image was not analysed, as a sentence; an unknown code keeps the record's own sentence."""
        known = {code.value: sentence for code, sentence in self.refusals.items()}
        sentence = known.get(refusal.code, refusal.reason)
        details = [f"{self.expected}: {refusal.expected}"] if refusal.expected else []
        details += [f"{self.got}: {refusal.got}"] if refusal.got else []
        return f"{sentence} ({'; '.join(details)})" if details else sentence


_ENGLISH = ClinicalTexts(
    findings={
        "DCM:130591": "Focal abnormality", "DCM:111286": "No abnormality", "DCM:112001": "Opacity", "DCM:112121": "Infiltrate",
        "DCM:112120": "Ground-glass opacity", "SCT:27925004": "Nodule", "SCT:427359005": "Solitary pulmonary nodule",
        "SCT:4147007": "Mass", "SCT:112674009": "Fibrosis", "SCT:60046008": "Pleural effusion", "SCT:36118008": "Pneumothorax",
        "SCT:8186001": "Cardiomegaly", "SCT:233604007": "Pneumonia", "SCT:95436008": "Consolidation",
        "SCT:263654008": "Abnormal",
    },
    sides={Side.RIGHT: "right", Side.LEFT: "left"},
    zones={Zone.UPPER: "upper", Zone.MIDDLE: "middle", Zone.LOWER: "lower"},
    refusals={
        RefusalCode.NOT_A_RADIOGRAPH: "The image was not made by a modality that this model accepts",
        RefusalCode.NOT_ONE_IMAGE: "The file holds a volume or a sequence of images, not one radiograph",
        RefusalCode.WRONG_BODY_PART: "The image shows another part of the body",
        RefusalCode.WRONG_VIEW: "The view is not one that this model accepts",
        RefusalCode.ROTATED: "The image does not stand upright",
        RefusalCode.TOO_YOUNG: "The patient is younger than the intended use allows",
        RefusalCode.TOO_OLD: "The patient is older than the intended use allows",
        RefusalCode.TOO_SMALL: "The image has too few pixels",
        RefusalCode.NO_CONTRAST: "The image has no contrast",
        RefusalCode.UNREADABLE: "The file cannot be read as an image",
    },
    expected="accepted", got="received",
)

_SPANISH = ClinicalTexts(
    findings={
        "DCM:130591": "Anomalía focal", "DCM:111286": "Sin anomalías", "DCM:112001": "Opacidad", "DCM:112121": "Infiltrado",
        "DCM:112120": "Opacidad en vidrio deslustrado", "SCT:27925004": "Nódulo",
        "SCT:427359005": "Nódulo pulmonar solitario", "SCT:4147007": "Masa", "SCT:112674009": "Fibrosis",
        "SCT:60046008": "Derrame pleural", "SCT:36118008": "Neumotórax", "SCT:8186001": "Cardiomegalia",
        "SCT:233604007": "Neumonía", "SCT:95436008": "Consolidación", "SCT:263654008": "Anormal",
    },
    sides={Side.RIGHT: "derecho", Side.LEFT: "izquierdo"},
    zones={Zone.UPPER: "superior", Zone.MIDDLE: "medio", Zone.LOWER: "inferior"},
    refusals={
        RefusalCode.NOT_A_RADIOGRAPH: "La imagen no procede de una modalidad que este modelo admita",
        RefusalCode.NOT_ONE_IMAGE: "El archivo contiene un volumen o una secuencia de imágenes, no una radiografía",
        RefusalCode.WRONG_BODY_PART: "La imagen corresponde a otra región anatómica",
        RefusalCode.WRONG_VIEW: "La proyección no es una de las que admite este modelo",
        RefusalCode.ROTATED: "La imagen no está en posición vertical",
        RefusalCode.TOO_YOUNG: "La edad del paciente es inferior a la prevista para este modelo",
        RefusalCode.TOO_OLD: "La edad del paciente es superior a la prevista para este modelo",
        RefusalCode.TOO_SMALL: "La imagen tiene muy pocos píxeles",
        RefusalCode.NO_CONTRAST: "La imagen no tiene contraste",
        RefusalCode.UNREADABLE: "El archivo no se puede leer como imagen",
    },
    expected="admitido", got="recibido",
)

_BY_LANGUAGE = {Language.ENGLISH: _ENGLISH, Language.SPANISH: _SPANISH}


def clinical_texts(language: Language) -> ClinicalTexts:
    """The words of one language."""
    return _BY_LANGUAGE[language]


def refusal_of(code: RefusalCode, *, expected: str = "", got: str = "") -> Refusal:
    """A refusal whose reason is the English sentence with its details; reports put it into their own language."""
    bare = Refusal(code=code.value, reason=_ENGLISH.refusals[code], expected=expected, got=got)
    return bare.model_copy(update={"reason": _ENGLISH.refusal(bare)})
