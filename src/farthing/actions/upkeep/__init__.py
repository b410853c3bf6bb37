"""What operators do with an installation as a whole."""
