"""Taking data out: as a stream, or as a file that is made beside everything else."""
