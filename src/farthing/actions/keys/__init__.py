"""API keys of workspaces: what they are, may do, and are used for."""
