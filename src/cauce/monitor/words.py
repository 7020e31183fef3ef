"""Names of variables, streams and kinds of shift in the languages of reports: one visible table for each."""

import re

from cauce.domain.monitoring import MonitoringPolicy, ShiftKind, Stream, WindowStatus
from cauce.store.settings import Language

Words = dict[Language, str]


def _pair(english: str, spanish: str) -> Words:
    return {Language.ENGLISH: english, Language.SPANISH: spanish}


_VARIABLES: dict[str, Words] = {
    "modality": _pair("modality", "modalidad"),
    "body_part": _pair("body part", "región anatómica"),
    "view": _pair("view", "proyección"),
    "origin": _pair("origin", "procedencia"),
    "vendor": _pair("vendor", "fabricante"),
    "model": _pair("device model", "modelo de equipo"),
    "sex": _pair("sex", "sexo"),
    "age_band": _pair("age in years", "edad en años"),
    "pixel_spacing_mm": _pair("pixel spacing in mm", "tamaño de píxel en mm"),
    "photometric_interpretation": _pair("photometric interpretation", "interpretación fotométrica"),
    "bits_stored": _pair("bits stored", "bits almacenados"),
    "KVP": _pair("tube voltage in kV", "tensión del tubo en kV"),
    "Exposure": _pair("exposure in mAs", "exposición en mAs"),
    "ExposureTime": _pair("exposure time in ms", "tiempo de exposición en ms"),
    "XRayTubeCurrent": _pair("tube current in mA", "corriente del tubo en mA"),
    "DistanceSourceToDetector": _pair("source to detector in mm", "distancia foco-detector en mm"),
    "Grid": _pair("grid", "rejilla"),
    "PresentationIntentType": _pair("presentation intent", "intención de presentación"),
    "mean": _pair("brightness", "brillo"),
    "standard_deviation": _pair("overall contrast", "contraste global"),
    "p01": _pair("darkest tones", "tonos más oscuros"),
    "p25": _pair("dark tones", "tonos oscuros"),
    "p50": _pair("middle tones", "tonos medios"),
    "p75": _pair("bright tones", "tonos claros"),
    "p99": _pair("brightest tones", "tonos más claros"),
    "noise": _pair("noise", "ruido"),
    "sharpness": _pair("sharpness", "nitidez"),
    "contrast": _pair("contrast", "contraste"),
    "border_fraction": _pair("black or white area", "área negra o blanca"),
    "all_descriptors": _pair("all image descriptors together", "todos los descriptores de imagen juntos"),
    "probability": _pair("abnormal probability", "probabilidad de anormalidad"),
    "refused": _pair("refused studies", "estudios rechazados"),
}

STREAMS: dict[Stream, Words] = {
    Stream.ACQUISITION: _pair("acquisition", "adquisición"),
    Stream.IMAGE: _pair("image", "imagen"),
    Stream.OUTPUT: _pair("output", "salida"),
    Stream.REFUSAL: _pair("refusals", "rechazos"),
}

STATUS: dict[WindowStatus, Words] = {
    WindowStatus.STABLE: _pair("stable", "estable"),
    WindowStatus.DRIFTED: _pair("drifted", "deriva detectada"),
    WindowStatus.INSUFFICIENT: _pair("insufficient data", "datos insuficientes"),
}

SHIFTS: dict[ShiftKind, Words] = {
    ShiftKind.NONE: _pair("No shift", "Sin cambio"),
    ShiftKind.PREVALENCE: _pair(
        "The mix of patients changed (prevalence shift)", "Cambió la proporción de pacientes (cambio de prevalencia)"
    ),
    ShiftKind.COVARIATE: _pair("The images changed (covariate shift)", "Cambiaron las imágenes (cambio de covariables)"),
    ShiftKind.MIXED: _pair(
        "Images and mix of patients changed (mixed shift)", "Cambiaron las imágenes y la proporción de pacientes (cambio mixto)"
    ),
    ShiftKind.UNDETERMINED: _pair(
        "Something changed, its kind cannot be told", "Hubo un cambio cuyo tipo no se puede determinar"
    ),
}


def variable(name: str, language: Language) -> str:
    """A variable's name for people; DICOM keywords without an entry stay as they are."""
    return _VARIABLES[name][language] if name in _VARIABLES else name


# Sentences that stand in records are English; a page in another language translates those that cauce wrote itself.
_SPANISH: tuple[tuple[str, str], ...] = (
    (re.escape(str(MonitoringPolicy.model_fields["action"].default)),
     "Revisar la ventana, confirmar la causa y decidir si la versión sigue en uso."),
    ("Kolmogorov-Smirnov", "Kolmogorov-Smirnov"),
    (r"chi-square, (\d+) pooled permutations", r"ji cuadrado, \1 permutaciones conjuntas"),
    (r"maximum mean discrepancy, (\d+) pooled permutations", r"discrepancia máxima de medias, \1 permutaciones conjuntas"),
    ("binomial, one-sided", "binomial unilateral"),
    ("the reference does not say", "la referencia no lo indica"),
    ("the window does not say", "la ventana no lo indica"),
    (r"one value in reference and window: ", "un solo valor en referencia y ventana: "),
    ("all rows are equal", "todas las filas son iguales"),
    ("the window is empty: no result of this model was logged in it",
     "la ventana está vacía: no contiene resultados de este modelo"),
    (r"(\d+) patients with an analysed study, at least (\d+) needed to compare",
     r"\1 pacientes con un estudio analizado; se necesitan al menos \2 para comparar"),
    (r"the reference holds (\d+) patients, at least (\d+) needed to compare",
     r"la referencia tiene \1 pacientes; se necesitan al menos \2 para comparar"),
    (r"every patient of the window got the same probability, ",
     "todos los pacientes de la ventana recibieron la misma probabilidad, "),
    ("only the share of refused studies changed", "solo cambió la proporción de estudios rechazados"),
    (r"the reference holds fewer than two classes of (\d+) labelled patients",
     r"la referencia tiene menos de dos clases con \1 pacientes etiquetados"),
    ("so prevalence cannot be told from covariate shift", "así que no se distingue prevalencia de covariables"),
    ("neither other class shares nor other images explain the change of the outputs",
     "ni otra proporción de clases ni otras imágenes explican el cambio de las salidas"),
)


def translated(sentence: str, language: Language) -> str:
    """A sentence of a record in the language of the page; sentences that people wrote stay as they are."""
    if language is Language.SPANISH:
        for english, spanish in _SPANISH:
            sentence = re.sub(english, spanish, sentence)
    return sentence
