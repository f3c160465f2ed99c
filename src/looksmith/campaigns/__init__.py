"""Campaigns: a catalogue × looks × audiences, rendered once each, with a manifest and a report."""
