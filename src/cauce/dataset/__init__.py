"""Files to Cohort to sealed Split, with audit and report."""
