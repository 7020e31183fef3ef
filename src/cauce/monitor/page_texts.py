"""Fixed texts of the drift page, in the languages of reports."""

from cauce.store.settings import Language

PAGE_TEXTS: dict[Language, dict[str, str]] = {
    Language.ENGLISH: {
        "title": "Drift report", "cause": "Cause", "action": "What to do", "owner": "Owner", "window": "Window",
        "studies": "studies", "patients": "patients", "refused": "refused", "reference": "Reference", "model": "Model",
        "note": "Note", "drifted": "What changed", "others": "Compared, no change beyond chance",
        "nothing": "No variable differs from the reference beyond chance.",
        "no_tests": "No comparison was made.", "variable": "Variable", "stream": "Stream", "change": "Change",
        "effect": "Size (0–1)", "p": "Adjusted p", "method": "Method", "not_tested": "Not tested", "reason": "Reason",
        "other": "{n} others", "in_window": "window", "in_reference": "reference",
        "how": "One row for each patient, the first study of the window. All tests of the window are corrected together "
        "(Holm): without any shift an alarm is raised in at most {rate} of windows. The vertical lines are medians. Size: "
        "share of patients that moved (tags), largest gap between the distribution functions (numbers).",
        "not_patient": "This page holds no patient data.",
    },
    Language.SPANISH: {
        "title": "Informe de deriva", "cause": "Causa", "action": "Qué hacer", "owner": "Responsable", "window": "Ventana",
        "studies": "estudios", "patients": "pacientes", "refused": "rechazados", "reference": "Referencia", "model": "Modelo",
        "note": "Nota", "drifted": "Qué cambió", "others": "Comparado, sin cambio más allá del azar",
        "nothing": "Ninguna variable difiere de la referencia más allá del azar.",
        "no_tests": "No se hizo ninguna comparación.", "variable": "Variable", "stream": "Grupo", "change": "Cambio",
        "effect": "Tamaño (0–1)", "p": "p ajustado", "method": "Método", "not_tested": "Sin comparar", "reason": "Motivo",
        "other": "{n} más", "in_window": "ventana", "in_reference": "referencia",
        "how": "Una fila por paciente, el primer estudio de la ventana. Todas las pruebas de la ventana se corrigen juntas "
        "(Holm): sin cambio alguno se avisa en un {rate} de las ventanas como máximo. Las líneas verticales son medianas. "
        "Tamaño: proporción de pacientes que cambió (etiquetas), mayor distancia entre funciones de distribución (números).",
        "not_patient": "Esta página no contiene datos de pacientes.",
    },
}

STYLE = """
:root { --ink: #1c2430; --soft: #5b6675; --line: #dde2e8; --ground: #fff; --reference: #9aa7b6; --window: #d9480f;
        --stable: #1a7f4b; --drifted: #b3300a; --insufficient: #7a5d00; }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 1120px; padding: 28px 24px 48px; background: var(--ground); color: var(--ink);
       font: 15px/1.5 system-ui, "DejaVu Sans", sans-serif; }
h1 { font-size: 22px; margin: 0; } h2 { font-size: 17px; margin: 34px 0 12px; }
header { display: flex; gap: 16px; align-items: center; flex-wrap: wrap; }
.status { border-radius: 999px; padding: 2px 14px; color: #fff; font-weight: 600; }
.stable { background: var(--stable); } .drifted { background: var(--drifted); }
.insufficient { background: var(--insufficient); }
.facts { color: var(--soft); margin: 6px 0 20px; }
.cause { border-left: 5px solid var(--drifted); background: #fdf3ee; padding: 14px 18px; font-size: 17px; }
.cause p { margin: 0 0 8px; } .cause .small { font-size: 15px; }
.note { border-left: 5px solid var(--insufficient); background: #fbf7e8; padding: 10px 18px; margin-top: 14px; }
.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(320px, 1fr)); gap: 18px; align-items: start; }
figure { margin: 0; border: 1px solid var(--line); border-radius: 8px; padding: 12px 14px; break-inside: avoid; }
figcaption { font-weight: 600; margin-bottom: 4px; } figcaption small { display: block; font-weight: 400; color: var(--soft); }
svg { width: 100%; height: auto; } svg text { font-size: 11px; fill: var(--soft); }
rect.reference { fill: var(--reference); } rect.window { fill: var(--window); fill-opacity: .82; }
line.axis { stroke: var(--line); } line.median { stroke-width: 1.5; stroke-dasharray: 3 2; }
line.median.reference { stroke: #5b6675; } line.median.window { stroke: var(--drifted); }
.key { display: inline-block; width: 11px; height: 11px; border-radius: 2px; margin: 0 5px 0 12px; }
table { border-collapse: collapse; width: 100%; font-size: 14px; }
th, td { text-align: left; padding: 5px 10px 5px 0; border-bottom: 1px solid var(--line); vertical-align: top; }
td.number, th.number { text-align: right; white-space: nowrap; }
footer { margin-top: 34px; color: var(--soft); font-size: 13px; overflow-wrap: anywhere; }
@media print { body { padding: 0; } }
"""
