"""What a workspace may use, and has used."""
