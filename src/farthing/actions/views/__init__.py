"""Views that people save: questions with a name."""
