"""Long work: what kinds there are, how far a job is, and stopping it."""
