"""The `cauce` command: one file per stage, each thin."""
