"""Errors that a user can mend: one clear sentence each."""

from __future__ import annotations


class LooksmithError(Exception):
    """Something the user gave can't be used; the message says what is wrong and what to do."""


class PhotoError(LooksmithError):
    """A photo can't be read or written."""


class LookError(LooksmithError):
    """A look file can't be read."""


class StoreError(LooksmithError):
    """The database can't be opened or used."""


class TasteError(LooksmithError):
    """Something about users, items, events or results can't be used."""


class VideoError(LooksmithError):
    """A video can't be read or written."""
