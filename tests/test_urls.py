"""What is shown of URLs that have secrets in them."""

from __future__ import annotations

import pytest

from looksmith.urls import without_secrets


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("redis://me:hush@host:6379/0", "redis://me:***@host:6379/0"),
        ("redis://:hush@host", "redis://:***@host"),
        ("redis://me:hu/sh@a@host", "redis://me:***@host"),
        ("me:hush@host", "me:***@host"),
        ("s3://key:hush@bucket/a.jpg", "s3://key:***@bucket/a.jpg"),
        (
            "403, url='https://host/a.jpg?X-Amz-Signature=5f&size=2'",
            "403, url='https://host/a.jpg?X-Amz-Signature=***&size=2'",
        ),
        ("redis://host?password=hush", "redis://host?password=***"),
    ],
)
def test_passwords_and_signatures_are_hidden(given: str, shown: str) -> None:
    assert without_secrets(given) == shown


@pytest.mark.parametrize(
    "plain",
    [
        "https://host:8443/a/b.jpg?size=2",
        "s3://bucket/a@2x.jpg",
        "/photos/a@b.jpg",
        "Error: no a@b",
    ],
)
def test_what_has_no_secrets_stays(plain: str) -> None:
    assert without_secrets(plain) == plain
