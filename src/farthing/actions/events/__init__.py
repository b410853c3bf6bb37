"""What happens to stored events as a whole."""
