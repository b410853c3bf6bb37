"""Pages about the person themselves, whatever the workspace."""
