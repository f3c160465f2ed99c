from __future__ import annotations

import datetime
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from numpy.typing import NDArray
from typer.testing import CliRunner

from looksmith.cli import app
from looksmith.credentials import Signer, read_credentials, sign
from looksmith.errors import LooksmithError
from looksmith.photos import Photo, read_photo, write_photo
from looksmith.provenance import content_id, xmp_label
from looksmith.verification import checks, read_label

FORMATS = ["jpg", "png", "webp", "tif", "avif", "heic"]
PrivateKey = ec.EllipticCurvePrivateKey


def _certificate(name: str, issuer: str, key: PrivateKey, issuer_key: PrivateKey) -> bytes:
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


@pytest.fixture(scope="module")
def pem(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate chain and its key, made for this test."""
    folder = tmp_path_factory.mktemp("pem")
    root, own = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    chain = _certificate("Mei", "Root", own, root) + _certificate("Root", "Root", root, root)
    (folder / "chain.pem").write_bytes(chain)
    (folder / "key.pem").write_bytes(_private(own))
    return folder / "chain.pem", folder / "key.pem"


def _private(key: PrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


@pytest.fixture
def labelled(tmp_path: Path, photo: NDArray[np.uint8]) -> Callable[[str], Path]:
    def write(suffix: str) -> Path:
        path = tmp_path / f"film.{suffix}"
        write_photo(Photo(photo), path, xmp_label("film", produce_id=content_id(photo)))
        return path

    return write


@pytest.mark.parametrize("suffix", FORMATS)
def test_signed_files_verify_and_keep_label_and_pixels(
    suffix: str,
    labelled: Callable[[str], Path],
    pem: tuple[Path, Path],
    tmp_path: Path,
    photo: NDArray[np.uint8],
) -> None:
    path, original = labelled(suffix), tmp_path / "me.jpg"
    write_photo(Photo(photo), original)
    before = read_photo(path).pixels
    sign(path, path, Signer.load(*pem), original)
    label = read_label(path)
    assert label.credentials is not None
    assert (label.credentials.signer, label.credentials.sound) == ("Mei", True)
    assert [check.sentence for check in checks(label) if not check.holds] == []
    np.testing.assert_array_equal(read_photo(path).pixels, before)


def test_a_change_after_signing_is_told(
    labelled: Callable[[str], Path], pem: tuple[Path, Path]
) -> None:
    path = labelled("jpg")
    sign(path, path, Signer.load(*pem))
    data = bytearray(path.read_bytes())
    data[-300] ^= 1
    path.write_bytes(data)
    found = read_credentials(path)
    assert found is not None
    assert not found.sound


def test_a_file_without_credentials_has_none(labelled: Callable[[str], Path]) -> None:
    assert read_credentials(labelled("png")) is None


def test_what_cannot_sign_is_said(
    labelled: Callable[[str], Path],
    pem: tuple[Path, Path],
    tmp_path: Path,
    photo: NDArray[np.uint8],
) -> None:
    chain, key = pem
    other = tmp_path / "other.pem"
    other.write_bytes(_private(ec.generate_private_key(ec.SECP256R1())))
    for pair, words in (((key, key), "no PEM certificate"), ((chain, chain), "no private key")):
        with pytest.raises(LooksmithError, match=words):
            Signer.load(*pair)
    with pytest.raises(LooksmithError, match="does not belong"):
        Signer.load(chain, other)
    with pytest.raises(LooksmithError, match="no.pem"):
        Signer.load(tmp_path / "no.pem", key)
    plain = tmp_path / "plain.jpg"
    write_photo(Photo(photo), plain)
    with pytest.raises(LooksmithError, match="what was done"):
        sign(plain, plain, Signer.load(chain, key))


def test_the_command_signs_and_verify_names_the_signer(
    labelled: Callable[[str], Path], pem: tuple[Path, Path], tmp_path: Path
) -> None:
    path, out = labelled("jpg"), tmp_path / "signed.jpg"
    words = ["sign", path, "--certificate", pem[0], "--key", pem[1], "-o", out]
    result = CliRunner().invoke(app, [str(word) for word in words])
    assert result.exit_code == 0, result.output
    result = CliRunner().invoke(app, ["verify", str(out)])
    assert "signed in the name of Mei" in result.output
