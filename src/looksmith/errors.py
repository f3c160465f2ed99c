"""Errors that a user can mend: one clear sentence each."""

from __future__ import annotations


class LooksmithError(Exception):
    """Something the user gave can't be used; the message says what is wrong and what to do."""


class PhotoError(LooksmithError):
    """A photo can't be read or written."""


class LookError(LooksmithError):
    """A look file can't be read."""
