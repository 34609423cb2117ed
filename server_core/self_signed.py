"""A certificate that this computer makes itself, kept for the next start. The one module that needs the
library cryptography.
"""

from __future__ import annotations

import contextlib
import ipaddress
import os
import secrets
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, NamedTuple

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

# The longest that Safari takes is 825 days, of public issuers 398; nobody has to make an exception for this.
VALID = timedelta(days=397)
# A phone's clock may be behind.
EARLIER = timedelta(days=1)
# It is made anew at a start so long before its end: a server that then runs for weeks still has a valid one.
RENEW_BEFORE = timedelta(days=30)
# A certificate goes over the wire with each handshake, and so names no more than this.
MOST_NAMES = 64


class Pair(NamedTuple):
    certificate: Path
    key: Path


def ensure(folder: Path, names: Iterable[str]) -> Pair:
    """The certificate and its key in ``folder``, for ``names`` (IPv6 in brackets, ``*.name``).

    What is there is kept while it is valid and names them all; a new one has the old key, and the old names
    too where there is room: a computer that is taken to and fro between two networks needs trust once. Raises
    OSError.
    """
    pair = Pair(folder / "certificate.pem", folder / "key.pem")
    now = datetime.now(timezone.utc)
    wanted = [_general_name(name) for name in names][:MOST_NAMES]
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    key, certificate = _read_key(pair.key), _read_certificate(pair.certificate)
    if key is None:
        key, certificate = ec.generate_private_key(ec.SECP256R1()), None
        _write(pair.key, key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ))  # fmt: skip
    named = [] if certificate is None else _names_of(certificate)
    if (
        certificate is None
        or certificate.public_key() != key.public_key()
        or not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc - RENEW_BEFORE
        or not set(wanted) <= set(named)
    ):
        every = list(dict.fromkeys([*wanted, *named]))[:MOST_NAMES]
        made = _make(key, every, now)
        _write(pair.certificate, made.public_bytes(serialization.Encoding.PEM))
    return pair


def _make(key: ec.EllipticCurvePrivateKey, names: list[x509.GeneralName], now: datetime) -> x509.Certificate:
    """No authority: whoever trusts it trusts this one server, whatever becomes of the key."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Spindle on this computer")])
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - EARLIER)
        .not_valid_after(now - EARLIER + VALID)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name.strip("[]")))
    except ValueError:
        return x509.DNSName(name)


def _names_of(certificate: x509.Certificate) -> list[x509.GeneralName]:
    with contextlib.suppress(x509.ExtensionNotFound):
        return list(certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value)
    return []


def _read_key(file: Path) -> ec.EllipticCurvePrivateKey | None:
    with contextlib.suppress(FileNotFoundError, ValueError, TypeError, UnsupportedAlgorithm):
        key = serialization.load_pem_private_key(file.read_bytes(), None)
        if isinstance(key, ec.EllipticCurvePrivateKey):
            return key
    return None


def _read_certificate(file: Path) -> x509.Certificate | None:
    with contextlib.suppress(FileNotFoundError, ValueError):
        return x509.load_pem_x509_certificate(file.read_bytes())
    return None


def _write(file: Path, octets: bytes) -> None:
    """Whole or not at all, for nobody else to read."""
    new = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    try:
        with open(new, "xb", opener=_open_for_nobody_else) as stream:
            stream.write(octets)
        new.replace(file)
    finally:
        new.unlink(missing_ok=True)


def _open_for_nobody_else(name: str, flags: int) -> int:
    return os.open(name, flags, 0o600)
