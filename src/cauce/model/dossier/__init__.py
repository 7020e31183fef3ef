"""The dossier of a model version: what a regulator, a reviewer and a colleague ask for, built from records alone."""
