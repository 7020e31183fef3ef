"""Arrays in, Estimate out: every number with its patient-clustered 95 % interval, its method and its sample size."""
