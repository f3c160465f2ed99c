"""What users like: their events, profiles, the versions made for them, recommendation."""
