"""The way to a first cost on screen, for later, too."""
