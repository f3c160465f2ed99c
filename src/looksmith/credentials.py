"""Signed content credentials (C2PA), with the user's own certificate.

signer = Signer.load(Path("chain.pem"), Path("key.pem"))
sign(Path("me-film.jpg"), Path("signed.jpg"), signer, original=Path("me.jpg"))

The manifest says what the file's label says: which look, and whether pixels were generated. The
original becomes the ingredient that the result was made of, with the credentials that it brings.
No service is asked: no time stamp, no remote manifests.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from looksmith import __version__
from looksmith.errors import LooksmithError
from looksmith.files import whole_file, why
from looksmith.photos import opened_file
from looksmith.photos import read_claims as _claims
from looksmith.provenance import ENHANCED, LOOKSMITH, PRODUCER, source_type_of
from looksmith.texts import text
from looksmith.xmp import Packet

_MIME = {
    "JPEG": "image/jpeg",
    "PNG": "image/png",
    "WEBP": "image/webp",
    "TIFF": "image/tiff",
    "AVIF": "image/avif",
    "HEIF": "image/heic",
}
_SETTINGS = {
    # Thumbnails would show the original to whoever gets the result, and weigh megabytes.
    "builder": {"thumbnail": {"enabled": False}},
    "verify": {"remote_manifest_fetch": False, "ocsp_fetch": False},
}
_CURVES = {256: "es256", 384: "es384", 521: "es512"}


@dataclass(frozen=True)
class Signer:
    """A certificate chain, its key and the algorithm that goes with it."""

    certificates: bytes
    """PEM, the signer's own first."""
    key: bytes
    """PEM (PKCS#8), without a password."""
    algorithm: str

    @classmethod
    def load(cls, certificates: Path, key: Path) -> Signer:
        """Read PEM files.

        Raises:
            LooksmithError: a file can't be read, is no PEM of its kind, or the two don't belong
                together.
        """
        _c2pa()
        chain, private = (_read(path) for path in (certificates, key))
        from cryptography import x509
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

        try:
            own = x509.load_pem_x509_certificates(chain)[0].public_key()
        except ValueError as error:
            raise LooksmithError(text("sign.certificate", path=certificates)) from error
        try:
            loaded = serialization.load_pem_private_key(private, None)
        except (ValueError, TypeError) as error:  # TypeError: it has a password
            raise LooksmithError(text("sign.key", path=key)) from error
        if loaded.public_key() != own:
            raise LooksmithError(text("sign.pair", path=key, certificate=certificates))
        if isinstance(own, ec.EllipticCurvePublicKey) and own.key_size in _CURVES:
            return cls(chain, private, _CURVES[own.key_size])
        if isinstance(own, (rsa.RSAPublicKey, ed25519.Ed25519PublicKey)):
            algorithm = "ps256" if isinstance(own, rsa.RSAPublicKey) else "ed25519"
            return cls(chain, private, algorithm)
        raise LooksmithError(text("sign.certificate", path=certificates))


@dataclass(frozen=True)
class Credentials:
    """Credentials found in a file."""

    sound: bool
    """Whether the file is as it was signed."""
    signer: str
    """Name in the certificate; nobody vouches for it unless its issuer is trusted."""


def sign(path: Path, target: Path, signer: Signer, original: Path | None = None) -> None:
    """Write the labelled photo with signed credentials, whole or not at all.

    Args:
        path: a photo with a label, such as ``apply_file`` writes.
        target: where the signed copy goes; may be ``path``.
        signer: from ``Signer.load``.
        original: the photo it was made of, kept as ingredient with its own credentials.

    Raises:
        LooksmithError: a photo can't be read or holds no label, its format takes no credentials,
            or the certificate is not fit for signing.
    """
    c2pa = _c2pa()
    packet = Packet(_claims(path).xmp)
    source_type = source_type_of(packet)
    if source_type is None:
        raise LooksmithError(text("sign.unlabelled", path=path))
    builder = c2pa.Builder(_manifest(path, source_type, packet), _context(c2pa))
    builder.set_intent(c2pa.C2paBuilderIntent.EDIT)
    made = BytesIO()
    try:
        if original is not None:
            said = json.dumps({"title": original.name, "relationship": "parentOf"})
            builder.add_ingredient(said, *_stream(original))
        info = c2pa.C2paSignerInfo(signer.algorithm, signer.certificates, signer.key, None)
        builder.sign(c2pa.Signer.from_info(info), *_stream(path), made)
    except c2pa.C2paError as error:
        said = " ".join(str(error).split())
        raise LooksmithError(text("sign.failed", path=path, why=said)) from error
    with whole_file(target) as part:
        part.write_bytes(made.getvalue())


def read_credentials(path: Path) -> Credentials | None:
    """The credentials in a file; None where there are none, or the ``credentials`` extra is
    missing to read them.

    Raises:
        PhotoError: no such file, no photo.
    """
    try:
        c2pa = _c2pa()
    except LooksmithError:
        return None
    kind, stream = _stream(path)
    try:
        reader = c2pa.Reader(kind, stream, context=_context(c2pa))
        state, manifest = reader.get_validation_state(), reader.get_active_manifest()
    except c2pa.C2paError as error:
        return None if "ManifestNotFound" in type(error).__name__ else Credentials(False, "?")
    signature = (manifest or {}).get("signature_info", {})
    name = signature.get("common_name") or signature.get("issuer") or "?"
    return Credentials(state in ("Valid", "Trusted"), str(name))


def _manifest(path: Path, source_type: str, packet: Packet) -> dict[str, Any]:
    action = {
        "action": "c2pa.color_adjustments" if source_type == ENHANCED else "c2pa.edited",
        "softwareAgent": {"name": PRODUCER, "version": __version__},
        "digitalSourceType": source_type,
    }
    if look := packet.get(LOOKSMITH, "Look"):
        action["parameters"] = {"look": look}
    return {
        "claim_generator_info": [{"name": PRODUCER, "version": __version__}],
        "title": path.name,
        "assertions": [{"label": "c2pa.actions", "data": {"actions": [action]}}],
    }


def _stream(path: Path) -> tuple[str, BytesIO]:
    with opened_file(path) as (file, kind):
        if kind not in _MIME:
            raise LooksmithError(text("sign.format", path=path, kind=kind))
        return _MIME[kind], BytesIO(file.read())


def _context(c2pa: Any) -> Any:
    return c2pa.Context(c2pa.Settings.from_dict(_SETTINGS))


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise LooksmithError(text("photo.unreadable", path=path, why=why(error))) from error


def _c2pa() -> Any:
    try:
        import c2pa
    except ImportError as error:
        raise LooksmithError(text("sign.missing")) from error
    return c2pa
