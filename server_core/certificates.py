"""Certificates and keys in PEM files (RFC 7468): whether they can be used, and what is told of them.

Only what the standard library can read without OpenSSL, so that a form may ask at every change. Whether the
two belong together is for :mod:`server_core.tls` to see.
"""

from __future__ import annotations

import base64
import hashlib
import re
from datetime import datetime, timezone
from typing import TYPE_CHECKING, NamedTuple

from server_core.sentence import Mistake, Sentence

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# A chain of ten certificates has some 20 KB; whoever names a film instead shall not have it read.
LARGEST_BYTES = 1024 * 1024

_CERTIFICATE = re.compile(r"-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----")
_KEY = re.compile(r"-----BEGIN (?P<kind>[A-Z ]*)PRIVATE KEY-----(?P<rest>.{0,40})", re.DOTALL)
# Tags of X.690: the explicit [0] of a version, and the two forms of a time (RFC 5280 section 4.1.2.5).
_VERSION, _UTC_TIME, _GENERALIZED_TIME = 0xA0, 0x17, 0x18
_DAY = "%Y-%m-%d"


class Certificate(NamedTuple):
    """What is told of the first certificate in a file, which is the server's own."""

    file: Path
    fingerprint: str
    """SHA-256 of the whole, as browsers show it: ``AB:CD:...``."""
    begins: datetime
    ends: datetime


def read_certificate(file: Path) -> Certificate:
    """Read the certificate in ``file``. Raises ValueError with a sentence where there is none."""
    text = _read(file, Sentence("certificate"))
    match = _CERTIFICATE.search(text)
    if match is None:
        wrong = (
            Sentence("holds a key, but no certificate")
            if _KEY.search(text)
            else Sentence("is no certificate in PEM form")
        )
        raise Mistake(
            "{file} {wrong}: name the file with -----BEGIN CERTIFICATE----- in it, often fullchain.pem.",
            file=file,
            wrong=wrong,
        )
    try:
        der = base64.b64decode(match[1])
        begins, ends = _validity(der)
    except (ValueError, IndexError):
        raise Mistake("The certificate in {file} is damaged: save it anew.", file=file) from None
    return Certificate(file, hashlib.sha256(der).digest().hex(":").upper(), begins, ends)


def how_to_trust(certificate: Certificate, url: str) -> Sentence:
    """What a person needs who is to trust a certificate that nobody vouches for: lines of text."""
    return Sentence(
        """\
The certificate was made by this computer, and browsers warn of it until it is trusted.
Its SHA-256 fingerprint is
  {fingerprint}
Compare that with the one that the browser shows beside its warning, and go on if they are the same.
To be warned no more, trust the file {file} on each device:
  Windows   certutil -user -addstore Root "{file}"
  Firefox   Settings, Certificates, Servers, Add Exception: {url}
  curl      curl --cacert "{file}" {url}""",
        fingerprint=certificate.fingerprint,
        file=certificate.file,
        url=url,
    )


def check_dates(certificate: Certificate) -> None:
    """Raises ValueError with a sentence where the certificate is not valid today."""
    now = datetime.now(timezone.utc)
    if now > certificate.ends:
        raise Mistake(
            "The certificate in {file} ran out on {day}: get a new one.",
            file=certificate.file,
            day=f"{certificate.ends:{_DAY}}",
        )
    if now < certificate.begins:
        raise Mistake(
            "The certificate in {file} is not valid before {day}: wait until then, or set this computer's "
            "clock.",
            file=certificate.file,
            day=f"{certificate.begins:{_DAY}}",
        )


def check_key(file: Path) -> None:
    """Raises ValueError with a sentence where ``file`` holds no key that can be used without a password."""
    text = _read(file, Sentence("key"))
    match = _KEY.search(text)
    if match is None:
        wrong = (
            Sentence("holds a certificate, but no key")
            if _CERTIFICATE.search(text)
            else Sentence("is no key in PEM form")
        )
        raise Mistake(
            "{file} {wrong}: name the file with -----BEGIN PRIVATE KEY----- in it, often privkey.pem.",
            file=file,
            wrong=wrong,
        )
    if "ENCRYPTED" in match["kind"] or "ENCRYPTED" in match["rest"]:
        raise Mistake(
            "The key in {file} is protected by a password: remove that with `openssl pkey -in KEY -out "
            "NEW`, and name the new file.",
            file=file,
        )


def _read(file: Path, what: str) -> str:
    try:
        with file.open("rb") as stream:
            return stream.read(LARGEST_BYTES).decode("latin-1")
    except FileNotFoundError:
        raise Mistake("The {what} {file} does not exist: name one that does.", what=what, file=file) from None
    except IsADirectoryError:
        raise Mistake(
            "{file} is a folder: name the file of the {what} in it.", file=file, what=what
        ) from None
    except OSError as error:
        if file.is_dir():  # Windows calls that a matter of permission
            raise Mistake(
                "{file} is a folder: name the file of the {what} in it.", file=file, what=what
            ) from None
        raise Mistake(
            "The {what} {file} can't be read: {why}.", what=what, file=file, why=error.strerror
        ) from None


def _validity(der: bytes) -> tuple[datetime, datetime]:
    """From when to when a certificate is valid (RFC 5280 section 4.1). Raises ValueError, IndexError."""
    _, certificate = next(_elements(der))
    _, signed = next(_elements(certificate))
    fields = list(_elements(signed))
    # Version (if not 1), serial number, signature, issuer, validity.
    (first, begins), (last, ends) = _elements(fields[4 if fields[0][0] == _VERSION else 3][1])
    return _time(first, begins), _time(last, ends)


def _elements(der: bytes) -> Iterator[tuple[int, bytes]]:
    """The tags and contents that stand one after the other in ``der`` (X.690 section 8.1)."""
    at = 0
    while at < len(der):
        tag, length = der[at], der[at + 1]
        at += 2
        if length & 0x80:
            digits = length & 0x7F
            length = int.from_bytes(der[at : at + digits], "big")
            at += digits
        if at + length > len(der):
            raise ValueError("an element is longer than what holds it")
        yield tag, der[at : at + length]
        at += length


def _time(tag: int, octets: bytes) -> datetime:
    text = octets.decode("ascii")
    if tag == _UTC_TIME:
        text = ("19" if text >= "50" else "20") + text
    elif tag != _GENERALIZED_TIME:
        raise ValueError("a time has another form")
    return datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=timezone.utc)
