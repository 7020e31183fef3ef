"""Seeded damage to files, and workers that survive what it does."""
