"""Frozen records that the stages hand to one another. No input or output, no arrays, only pydantic."""
