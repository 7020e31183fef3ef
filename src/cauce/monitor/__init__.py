"""Results of a model in service against what was normal when it was made: drift, its cause, and an Alert."""
