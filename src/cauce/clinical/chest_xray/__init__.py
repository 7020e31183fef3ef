"""Chest radiographs: what may be analysed, and what the prediction means on the image."""
