"""The sample site over HTTPS, in a browser that trusts the certificate by its fingerprint alone."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import TYPE_CHECKING

import pytest

from tests.blackbox_server import running_server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Page

    from server_core.self_signed import Pair
    from tests.blackbox_server import RunningServer
    from tests.browser.conftest import Launch

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Pair:
    self_signed = pytest.importorskip("server_core.self_signed", reason="cryptography is not installed")
    made: Pair = self_signed.ensure(tmp_path_factory.mktemp("https"), ["localhost", "127.0.0.1"])
    return made


@pytest.fixture(scope="module")
def secure(pair: Pair, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    arguments = ("--tls-cert", str(pair.certificate), "--tls-key", str(pair.key))
    with running_server(tmp_path_factory.mktemp("browser"), *arguments) as running:
        yield running


def public_key_pin(certificate: Path) -> str:
    """SHA-256 of the certificate's public key, as Chromium's switch names it."""
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    key = x509.load_pem_x509_certificate(certificate.read_bytes()).public_key()
    der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(hashlib.sha256(der).digest()).decode()


def test_a_browser_that_knows_the_fingerprint_shows_the_site(
    launch: Launch, pair: Pair, secure: RunningServer, tmp_path: Path
) -> None:
    # The switch counts only for a profile that is named.
    pin = f"--ignore-certificate-errors-spki-list={public_key_pin(pair.certificate)}"
    with launch.persistent(tmp_path / "profile", pin) as context:
        page = context.new_page()
        answer = page.goto(secure.base_url + "/", wait_until="load")
        assert answer is not None
        assert answer.status == 200
        details = answer.security_details()
        assert details is not None
        assert details["protocol"] == "TLS 1.3"
        assert page.evaluate("window.isSecureContext")
        pictures = page.evaluate("[...document.images].map(image => [image.complete, image.naturalWidth])")
        assert len(pictures) >= 4
        assert all(complete and width for complete, width in pictures)
        page.fill("textarea", '{"over": "TLS"}')
        with page.expect_response("**/upload") as answered:
            page.click("form button[type=submit], form button:not([type])")
        assert answered.value.status == 201
        (saved,) = (secure.root / "uploads").glob("*.json")
        assert json.loads(saved.read_bytes()) == {"over": "TLS"}


def test_a_browser_that_does_not_know_it_warns(browser: object, page: Page, secure: RunningServer) -> None:
    from playwright.sync_api import Error

    with pytest.raises(Error, match="ERR_CERT_AUTHORITY_INVALID"):
        page.context.new_page().goto(secure.base_url + "/")
