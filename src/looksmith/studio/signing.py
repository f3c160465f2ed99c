"""Content credentials on what the studio makes, where its operator gave a certificate."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from looksmith.credentials import Signer, read_credentials, sign
from looksmith.studio.settings import Settings

_SUFFIXES = (".jpg", ".png", ".webp")  # of sets


def signer_of(settings: Settings) -> Signer | None:
    """The operator's signer; None where no certificate was given.

    Raises:
        LooksmithError: the certificate or its key can't be used.
    """
    if settings.certificate is None or settings.key is None:
        return None
    return _loaded(settings.certificate, settings.key)


@lru_cache(1)
def _loaded(certificate: Path, key: Path) -> Signer:
    return Signer.load(certificate, key)


def sign_result(settings: Settings, made: Path, original: Path) -> None:
    """Sign a labelled photo in place; the photo it was made of, with the credentials that it
    brings, becomes its ingredient.

    Raises:
        LooksmithError: it can't be signed.
    """
    signer = signer_of(settings)
    if signer is not None:
        sign(made, made, signer, original)


def sign_set(settings: Settings, pictures: Iterable[tuple[Path, Path]]) -> None:
    """Sign the pictures of a set, each with the photo it was made of; those that a killed worker
    signed stay as they are.

    Raises:
        LooksmithError: one can't be signed.
    """
    if signer_of(settings) is None:
        return
    for made, original in pictures:
        if made.suffix in _SUFFIXES and read_credentials(made) is None:
            sign_result(settings, made, original)
