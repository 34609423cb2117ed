"""Certificates and keys: which can be used, and what a person is told of the others."""

from __future__ import annotations

import ssl
import sys
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest

from server_core.certificates import check_dates, check_key, how_to_trust, read_certificate
from server_core.config import Config
from server_core.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

pytest.importorskip("cryptography", reason="cryptography is not installed")

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

TODAY = datetime.now(timezone.utc)
DAY = timedelta(days=1)
PEM = serialization.Encoding.PEM


def write_pair(folder: Path, stem: str, begins=TODAY - DAY, ends=TODAY + DAY, key=None, password=b"") -> None:
    """``stem.pem`` and ``stem.key``."""
    key = key or ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, stem)])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(ends)
        .sign(key, hashes.SHA256())
    )
    (folder / f"{stem}.pem").write_bytes(made.public_bytes(PEM))
    hidden = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    octets = key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, hidden)
    (folder / f"{stem}.key").write_bytes(octets)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A pair that can be used, ``good``, and files that can't."""
    write_pair(tmp_path, "good")
    write_pair(tmp_path, "other")
    write_pair(tmp_path, "rsa", key=rsa.generate_private_key(65537, 2048))
    write_pair(tmp_path, "old", TODAY - 9 * DAY, TODAY - DAY)
    write_pair(tmp_path, "early", TODAY + DAY, TODAY + 9 * DAY)
    write_pair(tmp_path, "hidden", password=b"secret")
    key = serialization.load_pem_private_key((tmp_path / "good.key").read_bytes(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    traditional = serialization.PrivateFormat.TraditionalOpenSSL
    hidden = key.private_bytes(PEM, traditional, serialization.BestAvailableEncryption(b"secret"))
    (tmp_path / "hidden-too.key").write_bytes(hidden)
    (tmp_path / "good.der").write_bytes(ssl.PEM_cert_to_DER_cert((tmp_path / "good.pem").read_text()))
    text = (tmp_path / "good.pem").read_text()
    (tmp_path / "damaged.pem").write_text(text[:60] + "AAAA" + text[64:120] + text[160:])
    (tmp_path / "empty.pem").write_bytes(b"")
    (tmp_path / "damaged.key").write_text("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")
    (tmp_path / "chain.pem").write_text("what this is\n" + text + (tmp_path / "other.pem").read_text())
    return tmp_path


def problems(folder: Path, certificate: str, key: str, **texts: str) -> dict[str, str]:
    """What is wrong with the two, by setting."""
    named = {"tls_cert": certificate, "tls_key": key}
    paths = {name: str(folder / file) for name, file in named.items() if file}
    try:
        Config.from_text({**paths, **texts})
    except ConfigError as error:
        return {problem.setting: problem.sentence for problem in error.problems}
    return {}


@pytest.mark.parametrize(
    ("certificate", "key"), [("good.pem", "good.key"), ("chain.pem", "good.key"), ("rsa.pem", "rsa.key")]
)
def test_a_pair_that_belongs_together_is_taken(folder: Path, certificate, key):
    assert problems(folder, certificate, key) == {}


@pytest.mark.parametrize(
    ("certificate", "key", "setting", "words"),
    [
        ("good.pem", "", "tls_key", "The certificate needs its key: name that too (--tls-key)."),
        ("", "good.key", "tls_cert", "The key needs its certificate: name that too (--tls-cert)."),
        ("none.pem", "good.key", "tls_cert", "none.pem does not exist: name one that does."),
        ("good.pem", "none.key", "tls_key", "none.key does not exist: name one that does."),
        (".", "good.key", "tls_cert", "is a folder: name the file of the certificate in it."),
        ("good.pem", ".", "tls_key", "is a folder: name the file of the key in it."),
        ("good.key", "good.key", "tls_cert", "good.key holds a key, but no certificate: name the file with"),
        ("good.pem", "good.pem", "tls_key", "good.pem holds a certificate, but no key: name the file with"),
        ("good.der", "good.key", "tls_cert", "good.der is no certificate in PEM form: name the file with"),
        ("empty.pem", "good.key", "tls_cert", "empty.pem is no certificate in PEM form"),
        ("good.pem", "empty.pem", "tls_key", "empty.pem is no key in PEM form"),
        ("damaged.pem", "good.key", "tls_cert", "damaged.pem is damaged: save it anew."),
        ("good.pem", "damaged.key", "tls_key", "damaged.key can't be used, one is damaged"),
        ("good.pem", "other.key", "tls_key", "other.key does not belong to the certificate in"),
        ("good.pem", "rsa.key", "tls_key", "rsa.key does not belong to the certificate in"),
        ("old.pem", "old.key", "tls_cert", f"ran out on {TODAY - DAY:%Y-%m-%d}: get a new one."),
        ("early.pem", "early.key", "tls_cert", f"is not valid before {TODAY + DAY:%Y-%m-%d}: wait until"),
        ("hidden.pem", "hidden.key", "tls_key", "hidden.key is protected by a password: remove that with"),
        ("good.pem", "hidden-too.key", "tls_key", "hidden-too.key is protected by a password: remove that"),
        ("good.pem\0", "good.key", "tls_cert", "The name of the certificate has a NUL character: leave it out."),
    ],
)  # fmt: skip
def test_what_can_t_be_used_is_explained_where_it_was_named(folder: Path, certificate, key, setting, words):
    found = problems(folder, certificate, key)
    assert set(found) == {setting}
    assert words in found[setting]
    assert found[setting].endswith(".")


def test_a_certificate_of_one_s_own_and_one_made_here_exclude_each_other(folder: Path):
    found = problems(folder, "good.pem", "good.key", tls_self_signed="yes")
    assert "exclude each other: choose one of them." in found["tls_self_signed"]


@pytest.mark.skipif(sys.platform == "win32", reason="permissions are kept otherwise there")
def test_a_file_that_may_not_be_read_is_explained(folder: Path, monkeypatch):
    def refuse(*_: object) -> object:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.open", refuse)
    for check in (read_certificate, check_key):
        with pytest.raises(ValueError, match=r"good.pem can't be read: Permission denied."):
            check(folder / "good.pem")


def test_what_is_told_of_a_certificate(folder: Path):
    certificate = read_certificate(folder / "chain.pem")
    known = x509.load_pem_x509_certificate((folder / "good.pem").read_bytes())
    assert certificate.fingerprint.replace(":", "") == known.fingerprint(hashes.SHA256()).hex().upper()
    assert certificate.begins == known.not_valid_before_utc
    assert certificate.ends == known.not_valid_after_utc
    text = how_to_trust(certificate, "https://localhost:8443/")
    assert certificate.fingerprint in text
    assert str(certificate.file) in text


@pytest.mark.parametrize("year", [1960, 1999, 2049, 2050, 2120])
def test_both_forms_of_a_time_are_read(tmp_path: Path, year):
    begins, ends = (
        datetime(year, 2, 3, 4, 5, 6, tzinfo=timezone.utc),
        datetime(2150, 1, 1, tzinfo=timezone.utc),
    )
    write_pair(tmp_path, "dated", begins, ends)
    certificate = read_certificate(tmp_path / "dated.pem")
    assert (certificate.begins, certificate.ends) == (begins, ends)


def test_dates(folder: Path):
    check_dates(read_certificate(folder / "good.pem"))
    for stem in ("old", "early"):
        with pytest.raises(ValueError, match=stem):
            check_dates(read_certificate(folder / f"{stem}.pem"))
