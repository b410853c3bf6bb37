"""The ways in and out: the first set-up, signing in, signing out."""
