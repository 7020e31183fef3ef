"""Pixels to prediction: the same code trains and serves."""
