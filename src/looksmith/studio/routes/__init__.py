"""What the server answers, one file a subject; each has a ``router``."""
