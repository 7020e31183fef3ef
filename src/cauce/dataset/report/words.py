"""Words of the dataset report, and how numbers are written, in the languages of reports."""

from cauce.dataset.strata import AGE_BANDS, UNKNOWN
from cauce.domain.split import Partition
from cauce.store.settings import Language

TEXTS: dict[Language, dict[str, str]] = {
    Language.ENGLISH: {
        "title": "Dataset report", "patients": "patients", "studies": "studies", "images": "images", "volumes": "volumes",
        "excluded": "excluded", "reasons": "{n} reasons", "one_reason": "1 reason", "no_exclusion": "every file is included",
        "leaks": "leaks", "leaks_none": "partitions share nothing", "leaks_found": "partitions share patients or images",
        "not_audited": "not audited", "run": "run {command}", "not_split": "not split",
        "deviation": "largest deviation", "points": "{number} pp", "per_patient": "{n} per patient",
        "origin": "Origin", "vendor": "Vendor", "label": "Label", "labels": "Findings", "sex": "Sex", "age": "Age in years",
        "view": "View", "modality": "Modality", "age_band": "Age band", "train": "train", "tune": "tune", "test": "test",
        "external": "external",
        "all": "all", "fold": "fold {n}", "unknown": "not stated", "other": "other", "F": "female", "M": "male", "O": "other",
        "where_from": "Where the images come from", "shares": "{what}: share of images",
        "holds": "What the partitions hold", "order": "Bars from the top: {parts}. Shares of images in percent.",
        "order_all": "Shares of images in percent.",
        "multiple": "An image may have several findings: shares do not add up to 100 %.",
        "unstated": "The source does not state: {items}.",
        "spacing": "Pixel spacing by vendor (mm)", "slice_spacing": "Slice spacing by vendor (mm)",
        "spread": "Line 5 to 95 %, bar 25 to 75 %, mark and figure: median.",
        "intensity": "Grey values by vendor", "intensity_note": "Of a typical image: line 1 to 99 % of its pixels, bar 25 to "
        "75 %, mark and figure: median; as displayed, 0 black to 1 white.",
        "intensity_volume": "Of a typical middle slice: line 1 to 99 % of its pixels, bar 25 to 75 %, mark and figure: median; "
        "scaled from 0 black to 1 white.",
        "pictures": "Pictures", "sheet": "{label}: {shown} of {all} images, each of another patient, drawn by digest",
        "sheet_masks": "outlines: reference, a colour for each class",
        "sheet_boxes": "boxes: reference, a colour for each class",
        "sheet_points": "crosses: landmarks, a colour for each reader",
        "spellings": "Manufacturers as the source writes them", "written": "in the source", "unified": "in the cohort",
        "partitions": "Partitions", "part": "part", "share": "share of patients",
        "target": "target", "balance": "Balance", "stratum": "stratum", "value": "value", "deviation_column": "deviation",
        "folds": "among folds", "balance_note": "Share of patients in each partition. Target: their share of the whole cohort. "
        "Deviation: the largest difference from it, in percentage points (pp). One patient of test is {pp} pp.",
        "exclusions": "Exclusions", "files": "files", "reason": "reason", "example": "for example",
        "none_excluded": "Every file of the source is in the cohort.", "agreement": "Agreement between readers",
        "measure": "measure", "estimate": "estimate (95 % interval)", "readers": "readers", "cases": "cases",
        "agreement_note": "Intervals are clustered by patient. {method}", "insufficient": "insufficient data ({n} patients)",
        "audit": "Audit", "audit_passed": "Passed: the partitions share no patient, study, instance, file, image or copy.",
        "audit_passed_table": "Passed: the partitions share no patient, study or instance. No pixels were read, so files and "
        "copies were not compared.",
        "audit_failed": "Failed: the partitions share what is listed below.",
        "audit_missing": "This split has not been audited. Run: cauce dataset audit {name}",
        "audit_unsplit": "There is no split to audit yet. Run: cauce dataset split {name}",
        "audit_of_split": "The sealed split", "audit_of_source": "The partition that the source proposes",
        "source_passed": "The source's own partitions share nothing.",
        "source_failed": "{n} of {all} patients ({share}) stand in more than one of the source's own partitions. "
        "Use the sealed split instead.",
        "source_failed_other": "The source's own partitions share what is listed below. Use the sealed split instead.",
        "shared": "shared", "count": "count", "between": "between", "conflicts": "copies with different labels",
        "patient": "patients", "study": "studies", "instance": "instances", "file": "files", "pixels": "equal pixels",
        "near-duplicate": "near-duplicates", "provenance": "Seal and provenance", "what": "what",
        "reference": "reference standard", "positive": "positive", "negative": "negative", "classes": "classes",
        "licence": "licence", "cohort": "cohort", "table": "table of images", "seal": "seal of the split", "none": "none",
        "seed": "seed of the split", "made_by": "made by", "supersedes": "supersedes",
        "footer": "Patients appear by pseudonym only; file names stand as the source gave them.",
        "of": "{name} of {all}",
    },
    Language.SPANISH: {
        "title": "Informe del conjunto de datos", "patients": "pacientes", "studies": "estudios", "images": "imágenes",
        "volumes": "volúmenes", "excluded": "excluidas", "reasons": "{n} motivos", "one_reason": "1 motivo",
        "no_exclusion": "no se excluyó ninguna", "leaks": "fugas", "leaks_none": "las particiones no comparten nada",
        "leaks_found": "las particiones comparten pacientes o imágenes", "not_audited": "sin auditar",
        "run": "ejecute {command}", "not_split": "sin dividir", "deviation": "mayor desviación", "points": "{number} pp",
        "per_patient": "{n} por paciente", "origin": "Origen", "vendor": "Fabricante", "label": "Clase",
        "labels": "Hallazgos", "sex": "Sexo", "age": "Edad en años", "view": "Proyección", "modality": "Modalidad",
        "age_band": "Grupo de edad", "train": "entrenamiento", "tune": "ajuste", "test": "prueba",
        "external": "externa", "all": "todas",
        "fold": "pliegue {n}", "unknown": "no consta", "other": "otros", "F": "mujer", "M": "hombre", "O": "otro",
        "where_from": "De dónde vienen las imágenes", "shares": "{what}: porcentaje de imágenes",
        "holds": "Qué contiene cada partición",
        "order": "Barras desde arriba: {parts}. Porcentaje de imágenes.",
        "order_all": "Porcentaje de imágenes.",
        "multiple": "Una imagen puede tener varios hallazgos: los porcentajes no suman 100 %.",
        "unstated": "No consta en el origen: {items}.", "spacing": "Tamaño de píxel por fabricante (mm)",
        "slice_spacing": "Distancia entre cortes por fabricante (mm)",
        "spread": "Línea: del 5 al 95 %; barra: del 25 al 75 %; marca y cifra: mediana.",
        "intensity": "Niveles de gris por fabricante",
        "intensity_note": "De una imagen típica: línea, del 1 al 99 % de sus píxeles; barra, del 25 al 75 %; marca y cifra, "
        "mediana. Tal como se muestra: 0 negro, 1 blanco.",
        "intensity_volume": "De un corte central típico: línea, del 1 al 99 % de sus píxeles; barra, del 25 al 75 %; marca y "
        "cifra, mediana. Escala: 0 negro, 1 blanco.",
        "pictures": "Imágenes de muestra",
        "sheet": "{label}: {shown} de {all} imágenes, cada una de un paciente distinto, elegidas por su huella digital",
        "sheet_masks": "contornos: referencia, un color por clase",
        "sheet_boxes": "recuadros: referencia, un color por clase",
        "sheet_points": "cruces: puntos anatómicos, un color por lector",
        "spellings": "Fabricantes tal como los escribe el origen", "written": "en el origen", "unified": "en el conjunto",
        "partitions": "Particiones", "part": "partición", "share": "porcentaje de pacientes",
        "target": "objetivo", "balance": "Equilibrio", "stratum": "estrato", "value": "valor",
        "deviation_column": "desviación", "folds": "entre pliegues",
        "balance_note": "Porcentaje de pacientes en cada partición. Objetivo: su porcentaje en todo el conjunto. Desviación: "
        "la mayor diferencia respecto al objetivo, en puntos porcentuales (pp). Un paciente de prueba equivale a {pp} pp.",
        "exclusions": "Exclusiones", "files": "archivos", "reason": "motivo", "example": "por ejemplo",
        "none_excluded": "Todos los archivos del origen están en el conjunto.", "agreement": "Concordancia entre lectores",
        "measure": "medida", "estimate": "estimación (intervalo del 95 %)", "readers": "lectores", "cases": "casos",
        "agreement_note": "Los intervalos agrupan los casos de cada paciente. {method}",
        "insufficient": "datos insuficientes ({n} pacientes)", "audit": "Auditoría",
        "audit_passed": "Superada: las particiones no comparten pacientes, estudios, instancias, archivos, imágenes ni copias.",
        "audit_passed_table": "Superada: las particiones no comparten pacientes, estudios ni instancias. No se leyeron "
        "píxeles, así que no se compararon archivos ni copias.",
        "audit_failed": "No superada: las particiones comparten lo que se indica abajo.",
        "audit_missing": "Esta división no se ha auditado. Ejecute: cauce dataset audit {name}",
        "audit_unsplit": "Todavía no hay división que auditar. Ejecute: cauce dataset split {name}",
        "audit_of_split": "La división sellada", "audit_of_source": "La partición que propone el origen",
        "source_passed": "Las particiones propias del origen no comparten nada.",
        "source_failed": "{n} de {all} pacientes ({share}) están en más de una partición del origen. Use la división sellada.",
        "source_failed_other": "Las particiones propias del origen comparten lo que se indica abajo. Use la división sellada.",
        "shared": "compartido", "count": "número", "between": "entre", "conflicts": "copias con etiquetas distintas",
        "patient": "pacientes", "study": "estudios", "instance": "instancias", "file": "archivos",
        "pixels": "píxeles iguales", "near-duplicate": "casi duplicados", "provenance": "Sello y procedencia", "what": "qué",
        "reference": "estándar de referencia", "positive": "positivo", "negative": "negativo", "classes": "clases",
        "licence": "licencia", "cohort": "conjunto", "table": "tabla de imágenes", "seal": "sello de la división",
        "none": "ninguno", "seed": "semilla de la división", "made_by": "hecho con", "supersedes": "sustituye a",
        "footer": "Los pacientes aparecen solo con seudónimo; los nombres de archivo son los del origen.",
        "of": "{name} de {all}",
    },
}

REASONS: dict[str, tuple[str, str]] = {
    "bad-input": ("unusable file", "archivo inservible"), "decoder-crash": ("the decoder failed", "el decodificador falló"),
    "duplicate": ("repeated instance", "instancia repetida"), "multi-frame": ("several frames", "varios fotogramas"),
    "label-without-image": ("label without image", "etiqueta sin imagen"),
    "no-label": ("image without label", "imagen sin etiqueta"),
    "no-patient": ("no patient named", "no consta el paciente"),
    "other-label": ("label outside the reference standard", "etiqueta ajena al estándar de referencia"),
    "too-large": ("too large", "demasiado grande"), "too-small": ("too few pixels", "muy pocos píxeles"),
    "other-shape": ("mask or channel of another shape", "máscara o canal de otra forma"),
    "other-place": ("mask or channel in another place", "máscara o canal en otro lugar"),
    "no-class": ("values that are no class", "valores que no son ninguna clase"),
    "empty-mask": ("empty mask", "máscara vacía"), "missing-channel": ("missing channel", "falta un canal"),
    "no-number": ("no finite number", "sin número válido"), "no-majority": ("readers evenly divided", "lectores empatados"),
    "bad-time": ("impossible time", "tiempo imposible"), "bad-event": ("event neither 0 nor 1", "evento que no es 0 ni 1"),
    "box-no-area": ("box without area", "recuadro sin área"),
    "box-outside": ("box outside the image", "recuadro fuera de la imagen"),
    "box-other-class": ("box of no class", "recuadro de ninguna clase"),
    "box-no-number": ("box with a missing number", "recuadro sin alguna cifra"),
    "bad-point": ("unusable landmark", "punto inservible"),
    "point-outside": ("landmark outside the image", "punto fuera de la imagen"),
    "image-without-label": ("image without label", "imagen sin etiqueta"),
    "no-pattern": ("file of no pattern", "archivo ajeno a los patrones"),
    "unexpected": ("unexpected error", "error inesperado"), "unreadable-image": ("unreadable image", "imagen ilegible"),
    "modality": ("other modality", "otra modalidad"), "body part": ("other body part", "otra región anatómica"),
    "view": ("other view", "otra proyección"), "age": ("other age", "otra edad"),
}
"""Names of the codes of exclusion; a code that is missing here stands as it is."""

_BANDS_ES = ("menos de 1", "1 a 5", "6 a 12", "13 a 17", "18 a 39", "40 a 59", "60 a 74", "75 o más")
_NARROW = "\u202f"


class Words:
    """The words of one language."""

    def __init__(self, language: Language) -> None:
        self.language = language
        self._texts = TEXTS[language]

    def __call__(self, key: str, **parts: object) -> str:
        """A text with its places filled."""
        return self._texts[key].format(**parts)

    def part(self, name: str) -> str:
        """Name of a partition or fold."""
        if name.startswith("fold "):
            return self("fold", n=name.removeprefix("fold "))
        return self(name) if name in (*(each.value for each in Partition), "external", "all") else name

    def value(self, variable: str, value: str) -> str:
        """A value of the data; only what cauce itself names is translated."""
        if value in (UNKNOWN, "other") or (variable == "sex" and value in "FMO"):
            return self(value)
        if self.language is Language.SPANISH and variable in ("age", "age_band") and value in AGE_BANDS:
            return _BANDS_ES[AGE_BANDS.index(value)]
        return value

    def reason(self, code: str) -> str:
        """Name of a code of exclusion."""
        names = REASONS.get(code)
        return code if names is None else names[self.language is Language.SPANISH]

    def count(self, number: int) -> str:
        """`12,345`; in Spanish `12 345`, and no space in four digits."""
        if self.language is Language.SPANISH:
            return f"{number:,}".replace(",", _NARROW) if number >= 10_000 else str(number)
        return f"{number:,}"

    def number(self, value: float, digits: int = 1) -> str:
        """A number with its language's decimal sign."""
        text = f"{value:.{digits}f}"
        return text.replace(".", ",") if self.language is Language.SPANISH else text

    def percent(self, share: float, digits: int = 1) -> str:
        """`12.3 %` of a share from 0 to 1."""
        return f"{self.number(100 * share, digits)} %"

    def short(self, value: float) -> str:
        """Three significant digits, for axes."""
        digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
        return self.number(value, digits)
