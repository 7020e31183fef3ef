"""Words of the printed report, in its languages."""

from dataclasses import dataclass

from cauce.domain.result import Decision
from cauce.store.settings import Language


@dataclass(frozen=True)
class ReportTexts:
    """All words of one language. Braces are filled by the report.

    Attributes:
        months: short names for dates, January first.
        decimal: decimal sign.
    """

    title: str
    not_diagnostic: str
    imaging_centre: str
    modality: str
    study_description: str
    study_date: str
    patient_name: str
    patient_id: str
    sex: str
    birth_date: str
    sexes: dict[str, str]
    original: str
    overlay: str
    overlay_negative: str
    no_picture: str
    low: str
    high: str
    probability: str
    probability_short: str
    cut_off: str
    decisions: dict[Decision, str]
    grounds: dict[Decision, str]
    findings: str
    finding: str
    side: str
    zone: str
    position: str
    no_finding: str
    not_all: str
    refused_title: str
    refused_advice: str
    quality: str
    matrix: str
    range_used: str
    stated: str
    body_part: str
    view: str
    images: str
    model: str
    version: str
    not_registered: str
    digest: str
    on_tuning: str
    metrics: dict[str, str]
    use: str
    accepts: str
    age: str
    years: str
    any_age: str
    trace: str
    decimal: str
    months: tuple[str, ...]


_ENGLISH = ReportTexts(
    title="Chest radiograph: AI analysis",
    not_diagnostic="AI result – not for primary diagnosis",
    imaging_centre="Imaging centre", modality="Modality", study_description="Study description", study_date="Study date",
    patient_name="Patient name", patient_id="Patient ID", sex="Sex", birth_date="Date of birth",
    sexes={"F": "Female", "M": "Male", "O": "Other"},
    original="Original image", overlay="Heat map over the image",
    overlay_negative="Heat map (faint: below the operating point)",
    no_picture="No image available", low="weak", high="strong contribution",
    probability="Abnormal probability", probability_short="Probability", cut_off="operating point {threshold}",
    decisions={Decision.POSITIVE: "Suspicious", Decision.NEGATIVE: "Not suspicious", Decision.REFUSED: "Not analysed"},
    grounds={
        Decision.POSITIVE: "The probability reaches the operating point: prioritise the reading of this study.",
        Decision.NEGATIVE: "The probability lies below the operating point: normal reading order, never a lower priority.",
        Decision.REFUSED: "No probability was calculated.",
    },
    findings="Findings", finding="Finding", side="Side", zone="Zone", position="Centre (left / top)",
    no_finding="No finding at or above the operating point.",
    not_all="Not all findings may be represented in the heat map and in this list. A low probability does not exclude disease. "
    "Every image must be read by a radiologist.",
    refused_title="This study was not analysed",
    refused_advice="The model says nothing about this study: neither normal nor abnormal. Read it in the usual order, "
    "without AI support. If the reason is a wrong entry in the image header, correct it and send the study again.",
    quality="Input quality", matrix="{columns} × {rows} pixels", range_used="{percent} % of the grey scale used",
    stated="Not stated by the file: {items}", body_part="Body part", view="View",
    images="{analysed} of {total} images of the study analysed; the most suspicious one is shown",
    model="Model", version="version", not_registered="not registered", digest="digest",
    on_tuning="Operating point {threshold} ({sensitivity} and {specificity} on the tuning patients, 95 % interval)",
    metrics={"sensitivity": "sensitivity", "specificity": "specificity"},
    use="Intended use and limits", accepts="Accepts", age="age", years="years", any_age="any age", trace="Result",
    decimal=".", months=("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
)

_SPANISH = ReportTexts(
    title="Radiografía de tórax: análisis por IA",
    not_diagnostic="Resultado de IA: no válido para el diagnóstico primario",
    imaging_centre="Centro de imagen", modality="Modalidad", study_description="Descripción del estudio",
    study_date="Fecha del estudio", patient_name="Nombre del paciente", patient_id="ID del paciente", sex="Sexo",
    birth_date="Fecha de nacimiento", sexes={"F": "Mujer", "M": "Hombre", "O": "Otro"},
    original="Imagen original", overlay="Mapa de calor sobre la imagen",
    overlay_negative="Mapa de calor (tenue: bajo el punto de corte)",
    no_picture="Imagen no disponible", low="débil", high="contribución fuerte",
    probability="Probabilidad de anomalía", probability_short="Probabilidad", cut_off="punto de corte {threshold}",
    decisions={Decision.POSITIVE: "Sospechosa", Decision.NEGATIVE: "No sospechosa", Decision.REFUSED: "No analizada"},
    grounds={
        Decision.POSITIVE: "La probabilidad alcanza el punto de corte: se recomienda leer este estudio con prioridad.",
        Decision.NEGATIVE: "La probabilidad queda por debajo del punto de corte: orden de lectura habitual, nunca una "
        "prioridad menor.",
        Decision.REFUSED: "No se ha calculado ninguna probabilidad.",
    },
    findings="Hallazgos", finding="Hallazgo", side="Lado", zone="Campo", position="Centro (izda. / arriba)",
    no_finding="Ningún hallazgo alcanza el punto de corte.",
    not_all="Es posible que no todos los hallazgos aparezcan en el mapa de calor ni en esta lista. Una probabilidad baja no "
    "descarta enfermedad. Toda imagen debe ser informada por un radiólogo.",
    refused_title="Este estudio no se ha analizado",
    refused_advice="El modelo no se pronuncia sobre este estudio: ni normal ni anormal. Léalo en el orden habitual, "
    "sin apoyo de la IA. Si la causa es un dato erróneo en la cabecera de la imagen, corríjalo y envíe de nuevo el estudio.",
    quality="Calidad de la entrada", matrix="{columns} × {rows} píxeles",
    range_used="{percent} % de la escala de grises utilizado",
    stated="No consta en el archivo: {items}", body_part="Región anatómica", view="Proyección",
    images="{analysed} de {total} imágenes del estudio analizadas; se muestra la más sospechosa",
    model="Modelo", version="versión", not_registered="sin registrar", digest="huella",
    on_tuning="Punto de corte {threshold} ({sensitivity} y {specificity} en los pacientes de ajuste, intervalo del 95 %)",
    metrics={"sensitivity": "sensibilidad", "specificity": "especificidad"},
    use="Uso previsto y limitaciones", accepts="Admite", age="edad", years="años", any_age="cualquier edad", trace="Resultado",
    decimal=",", months=("ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sep", "oct", "nov", "dic"),
)

_BY_LANGUAGE = {Language.ENGLISH: _ENGLISH, Language.SPANISH: _SPANISH}


def report_texts(language: Language) -> ReportTexts:
    """The words of one language."""
    return _BY_LANGUAGE[language]
