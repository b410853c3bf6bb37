"""Incidents as pages: the list, one of them with its cause, and what people do with it."""
