"""The certificate that this computer makes itself: whom it names, how long it is kept, who may read its key."""

from __future__ import annotations

import ipaddress
import socket
import stat
import sys
from typing import TYPE_CHECKING

import pytest

from server_core.own_names import own_names

if TYPE_CHECKING:
    from pathlib import Path

pytest.importorskip("cryptography", reason="cryptography is not installed")

from cryptography import x509

from server_core import self_signed
from server_core.self_signed import ensure

NAMES = ["localhost", "*.example.test", "127.0.0.1", "[::1]"]


def read(file: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(file.read_bytes())


def names_of(file: Path) -> set[str]:
    names = read(file).extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return {str(name.value) for name in names}


def test_it_names_what_it_is_asked_to_and_is_no_authority(tmp_path: Path):
    certificate = read(ensure(tmp_path, NAMES).certificate)
    assert names_of(tmp_path / "certificate.pem") == {"localhost", "*.example.test", "127.0.0.1", "::1"}
    assert not certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert (certificate.not_valid_after_utc - certificate.not_valid_before_utc).days == 397


def test_the_same_one_is_used_at_every_start(tmp_path: Path):
    pair = ensure(tmp_path, NAMES)
    before = [file.read_bytes() for file in pair]
    assert ensure(tmp_path, NAMES[:2]) == pair
    assert [file.read_bytes() for file in pair] == before
    assert sorted(file.name for file in tmp_path.iterdir()) == ["certificate.pem", "key.pem"]


def test_a_new_name_makes_a_new_one_with_the_old_key_and_names(tmp_path: Path):
    pair = ensure(tmp_path, NAMES)
    key = pair.key.read_bytes()
    ensure(tmp_path, ["localhost", "192.0.2.7"])
    assert names_of(pair.certificate) == {"localhost", "*.example.test", "127.0.0.1", "::1", "192.0.2.7"}
    assert pair.key.read_bytes() == key


def test_old_names_give_way_where_there_are_too_many(tmp_path: Path):
    pair = ensure(tmp_path, [f"a{number}.test" for number in range(60)])
    ensure(tmp_path, [f"b{number}.test" for number in range(40)])
    found = names_of(pair.certificate)
    assert len(found) == 64
    assert {f"b{number}.test" for number in range(40)} < found


@pytest.mark.parametrize("days", [0, 29])
def test_one_that_runs_out_soon_is_made_anew(tmp_path: Path, monkeypatch, days):
    with monkeypatch.context() as patch:
        patch.setattr(self_signed, "VALID", self_signed.EARLIER * (1 + days))
        pair = ensure(tmp_path, NAMES)
    old = read(pair.certificate).serial_number
    ensure(tmp_path, NAMES)
    assert read(pair.certificate).serial_number != old


@pytest.mark.parametrize("file", ["certificate.pem", "key.pem"])
@pytest.mark.parametrize("octets", [None, b"", b"nonsense"])
def test_what_is_lost_or_broken_is_made_anew(tmp_path: Path, file, octets):
    ensure(tmp_path, NAMES)
    (tmp_path / file).unlink()
    if octets is not None:
        (tmp_path / file).write_bytes(octets)
    pair = ensure(tmp_path, NAMES)
    key = self_signed._read_key(pair.key)
    assert key is not None
    assert read(pair.certificate).public_key() == key.public_key()


@pytest.mark.skipif(sys.platform == "win32", reason="the folder keeps others out there")
def test_nobody_else_may_read_the_key(tmp_path: Path):
    pair = ensure(tmp_path / "https", NAMES)
    assert stat.S_IMODE(pair.key.stat().st_mode) == 0o600
    assert stat.S_IMODE(pair.key.parent.stat().st_mode) == 0o700


def test_own_names_are_this_computer_s():
    names = own_names("0.0.0.0", ("Example.TEST:*", "*.example.test", "*", "192.0.2.1"))
    assert names[:3] == ["localhost", "127.0.0.1", "[::1]"]
    assert {"example.test", "*.example.test", "192.0.2.1"} <= set(names)
    assert not {"*", "0.0.0.0", "[::]"} & set(names)
    assert len(set(names)) == len(names)
    hostname = socket.gethostname().lower()
    if hostname.isascii() and "." not in hostname:
        assert {hostname, f"{hostname}.local"} <= set(names)


def test_the_address_that_others_reach_is_named():
    """The one that leads out; asking for it sends nothing."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            pytest.skip("this computer is in no network")
        address = probe.getsockname()[0]
    assert address in own_names("0.0.0.0", ())
    assert ipaddress.ip_address(address)
