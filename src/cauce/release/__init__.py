"""ModelVersion + evidence + approval → Release: a signed folder that is an installable repository."""
