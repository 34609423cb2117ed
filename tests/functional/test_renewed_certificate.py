"""HTTPS: a certificate that is renewed while the server serves."""

from __future__ import annotations

import hashlib
import ssl
import sys
from typing import TYPE_CHECKING

import pytest

from server_core import events, watch
from tests.functional.live import Client, serving

if TYPE_CHECKING:
    from pathlib import Path

    from server_core.self_signed import Pair
    from tests.functional.live import Live

pytestmark = pytest.mark.parametrize("scheme", ["https"], indirect=True)


@pytest.fixture
def renewable(pair: Pair, tmp_path: Path, monkeypatch) -> Pair:
    """A pair to be replaced, of a server that looks for that at each connection."""
    monkeypatch.setattr(watch, "LOOK_S", 0.0)
    own = type(pair)(tmp_path / "fullchain.pem", tmp_path / "privkey.pem")
    copy(pair, own)
    return own


def copy(source: Pair, target: Pair) -> None:
    for old, new in zip(source, target, strict=True):
        new.write_bytes(old.read_bytes())


def other_pair(tmp_path: Path) -> Pair:
    from server_core.self_signed import ensure

    return ensure(tmp_path / "renewed", ["127.0.0.1"])


def shown(live: Live) -> str:
    """The fingerprint of the certificate that a new connection is shown."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with Client(live.address, live.host, trust=context) as client:
        assert client.get("/sample.txt").body == b"0123456789"
        assert isinstance(client.sock, ssl.SSLSocket)
        der = client.sock.getpeercert(binary_form=True)
        assert der is not None
        return hashlib.sha256(der).digest().hex(":").upper()


def fingerprint(pair: Pair) -> str:
    return (
        hashlib.sha256(ssl.PEM_cert_to_DER_cert(pair.certificate.read_text("ascii")))
        .digest()
        .hex(":")
        .upper()
    )


def test_a_renewed_certificate_counts_for_the_next_connection(site: Path, renewable: Pair, tmp_path: Path):
    with serving(site, tls_cert=str(renewable.certificate), tls_key=str(renewable.key)) as live:
        with live.client() as earlier:
            first = shown(live)
            copy(renewed := other_pair(tmp_path), renewable)
            assert shown(live) == fingerprint(renewed) != first
            assert live.server.certificate is not None
            assert live.server.certificate.fingerprint == fingerprint(renewed)
            assert earlier.get("/sample.txt").status == 200  # what has begun goes on
        event = live.message("another certificate is used: ")
        assert fingerprint(renewed) in event.message


@pytest.mark.skipif(sys.platform == "win32", reason="links need a permission there")
def test_links_may_be_led_to_a_renewed_certificate(site: Path, renewable: Pair, tmp_path: Path):
    """As certbot does it."""
    renewed = other_pair(tmp_path)
    with serving(site, tls_cert=str(renewable.certificate), tls_key=str(renewable.key)) as live:
        first = shown(live)
        for link, target in zip(renewable, renewed, strict=True):
            link.unlink()
            link.symlink_to(target)
        assert shown(live) == fingerprint(renewed) != first


BROKEN = {
    "the key of another": lambda own, other: own.key.write_bytes(other.key.read_bytes()),
    "half a certificate": lambda own, other: own.certificate.write_bytes(
        other.certificate.read_bytes()[:200]
    ),
    "an empty file": lambda own, _other: own.certificate.write_bytes(b""),
    "nothing": lambda own, _other: own.key.unlink(),
    "a folder": lambda own, _other: (own.key.unlink(), own.key.mkdir()),
}


@pytest.mark.parametrize("damage", BROKEN.values(), ids=BROKEN)
def test_a_pair_that_can_t_be_used_changes_nothing_and_is_told_once(
    site: Path, renewable: Pair, tmp_path: Path, damage
):
    renewed = other_pair(tmp_path)
    with serving(site, tls_cert=str(renewable.certificate), tls_key=str(renewable.key)) as live:
        first = shown(live)
        damage(renewable, renewed)
        assert [shown(live) for _ in range(3)] == [first] * 3
        live.message("Until then the certificate from before is used.")
        told = [event for event in live.events if "Until then the certificate" in event.message]
        assert [(event.level, event.kind) for event in told] == [(events.WARNING, events.LIFECYCLE)]
        if renewable.key.is_dir():
            renewable.key.rmdir()
        copy(renewed, renewable)
        assert shown(live) == fingerprint(renewed)
