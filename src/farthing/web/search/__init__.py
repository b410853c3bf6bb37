"""Search over pages and over what the workspace holds."""
