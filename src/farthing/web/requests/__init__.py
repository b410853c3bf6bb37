"""The requests themselves: the list, and one with all its fields and its receipt."""
