"""The dataset report: what a cohort, its split and its audits hold, as a page and as a PDF that say the same."""
