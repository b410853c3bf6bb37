"""Questions: what a URL asks for, and its answer."""
