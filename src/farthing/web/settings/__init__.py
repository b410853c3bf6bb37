"""Pages that change how a workspace is set up."""
