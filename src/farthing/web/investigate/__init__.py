"""Why spend changed: the parts of the change as a waterfall, its causes, and who is behind it."""
