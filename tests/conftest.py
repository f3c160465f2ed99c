"""Fixtures: small real photos from scikit-image, as files and arrays."""

from __future__ import annotations

import datetime
import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from numpy.typing import NDArray
from PIL import Image
from skimage import data
from sqlalchemy import create_engine
from sqlalchemy.engine import make_url
from torch import Tensor

from looksmith.base import Base
from looksmith.plain import Usual
from looksmith.store import Database

NAMES = ("astronaut", "coffee", "chelsea", "rocket")


@pytest.fixture(autouse=True)
def _english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOOKSMITH_LANG", "en")


@pytest.fixture(scope="session")
def photos() -> list[NDArray[np.uint8]]:
    """Four photos of about 200 × 150 pixels."""
    arrays = [getattr(data, name)() for name in NAMES]
    return [np.asarray(Image.fromarray(a).resize((200, 150))) for a in arrays]


@pytest.fixture
def photo(photos: list[NDArray[np.uint8]]) -> NDArray[np.uint8]:
    return photos[0]


@pytest.fixture(scope="session")
def warm_feed(tmp_path_factory: pytest.TempPathFactory, photos: list[NDArray[np.uint8]]) -> Path:
    """A folder of eight JPEGs: the four photos and their mirror images, warmed."""
    folder = tmp_path_factory.mktemp("feed")
    for index, array in enumerate([*photos, *(p[:, ::-1] for p in photos)]):
        warm = (array * np.array([1.0, 0.85, 0.6])).astype(np.uint8)
        Image.fromarray(warm).save(folder / f"{index}.jpg", quality=92)
    return folder


@pytest.fixture(scope="session")
def usual() -> Usual:
    """The shipped plain photos, of all kinds."""
    return Base.load().usual()


@pytest.fixture(scope="session")
def plain_feed(usual: Usual) -> Callable[[int], Tensor]:
    """Gives some plain palettes as photos ``(K, 3, 16, 16)``."""
    every = usual.palettes.unflatten(2, (16, 16))
    return lambda count: every[:: len(every) // count][:count]


@pytest.fixture
def feed(tmp_path: Path, warm_feed: Path) -> Path:
    """A copy of it that a test may change."""
    return Path(shutil.copytree(warm_feed, tmp_path / "feed"))


@pytest.fixture
def save(tmp_path: Path, photo: NDArray[np.uint8]) -> Callable[..., Path]:
    """``save("a.jpg", **options)`` writes the photo and returns its path."""

    def write(name: str, **options: object) -> Path:
        path = tmp_path / name
        Image.fromarray(photo).save(path, **options)
        return path

    return write


@pytest.fixture(params=["sqlite", "postgresql"])
def database(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Database]:
    """A database of its own on each server; ``.ci/run`` starts PostgreSQL."""
    monkeypatch.setenv("LOOKSMITH_HOME", str(tmp_path / "home"))
    own = None if request.param == "sqlite" else request.getfixturevalue("postgresql")
    opened = Database.open(own)
    yield opened
    opened.close()


@pytest.fixture
def postgresql() -> Iterator[str]:
    """The URL of an empty PostgreSQL database."""
    server = os.environ.get("LOOKSMITH_TEST_POSTGRES")
    if server is None:
        pytest.skip("no PostgreSQL: run scripts/with_postgres.sh pytest …")
    name = f"test_{secrets.token_hex(6)}"
    admin = create_engine(
        make_url(server).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT"
    )
    with admin.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    yield make_url(server).set(database=name).render_as_string(hide_password=False)
    with admin.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
    admin.dispose()


def _certificate(
    name: str, issuer: str, key: ec.EllipticCurvePrivateKey, issuer_key: ec.EllipticCurvePrivateKey
) -> bytes:
    """A certificate as C2PA wants it: a signer's, or its issuer's where the names are the same."""
    is_issuer = name == issuer
    names = [
        x509.Name(
            [
                x509.NameAttribute(NameOID.COMMON_NAME, common),
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Test"),
            ]
        )
        for common in (name, issuer)
    ]
    now, day = datetime.datetime.now(datetime.UTC), datetime.timedelta(days=1)
    signs, issues = not is_issuer, is_issuer
    usage = x509.KeyUsage(signs, False, False, False, False, issues, issues, False, False)
    identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key())
    builder = (
        x509.CertificateBuilder(names[1], names[0], key.public_key(), x509.random_serial_number())
        .not_valid_before(now - day)
        .not_valid_after(now + day)
        .add_extension(x509.BasicConstraints(is_issuer, None), True)
        .add_extension(usage, True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
        .add_extension(identifier, False)
    )
    if not is_issuer:
        purpose = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION])
        builder = builder.add_extension(purpose, False)
    signed = builder.sign(issuer_key, hashes.SHA256())
    return signed.public_bytes(serialization.Encoding.PEM)


@pytest.fixture(scope="session")
def pem(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate chain and its key, made for these tests."""
    folder = tmp_path_factory.mktemp("pem")
    root, own = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    chain = _certificate("Mei", "Root", own, root) + _certificate("Root", "Root", root, root)
    (folder / "chain.pem").write_bytes(chain)
    (folder / "key.pem").write_bytes(_private(own))
    return folder / "chain.pem", folder / "key.pem"


def _private(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
