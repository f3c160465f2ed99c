"""Looks for videos: steady within a scene, changing at the cut."""
