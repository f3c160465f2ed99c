from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from numpy.typing import NDArray
from typer.testing import CliRunner

from looksmith.cli import app
from looksmith.credentials import Signer, read_credentials, sign
from looksmith.errors import LooksmithError
from looksmith.photos import Photo, read_photo, write_photo
from looksmith.provenance import content_id, xmp_label
from looksmith.verification import checks, read_label

FORMATS = ["jpg", "png", "webp", "tif", "avif", "heic"]


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
    another = ec.generate_private_key(ec.SECP256R1())
    pkcs8, plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    other.write_bytes(another.private_bytes(serialization.Encoding.PEM, pkcs8, plain))
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
