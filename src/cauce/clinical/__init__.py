"""Prediction → findings and measurements; one folder for each clinical module."""
