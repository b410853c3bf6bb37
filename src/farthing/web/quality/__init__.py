"""The page of data quality: what is doubtful about the calls, and the cures that are one click away."""
