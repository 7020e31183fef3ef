"""Split + ExperimentSpec → Search → Trials → Runs → the configuration that is best and stable."""
