"""What other tools export, as calls: a module for each format, and what they have in common."""
