"""The soak against a server: all is found right where it is, and what is wrong is found."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from soak import identities, site, tls_guests
from soak.crowd import Crowd
from soak.experiments import EXPERIMENTS, Lab
from soak.identities import Identities
from soak.setups import SETUPS, Setup
from soak.target import Target
from soak.tls_guests import TLS_GUESTS
from soak.website_guests import WEBSITE_GUESTS
from tests.functional.live import serving
from tests.functional.process import CHECKOUT

if TYPE_CHECKING:
    from pathlib import Path

    from soak.tally import Tally
    from soak.visitor import Row

GUESTS = 8
STANDARD = SETUPS["standard"]


@pytest.fixture
def large_site(tmp_path: Path) -> Path:
    site.make_site(tmp_path / "large")
    return tmp_path / "large"


@pytest.mark.slow
def test_a_crowd_finds_nothing_wrong(large_site: Path):
    with serving(large_site) as live:
        tally = Crowd(Target(live.address[1]), STANDARD, large_site, 1).run(3.0, GUESTS, 4)
    assert tally.wrong == []
    assert tally.heard["guest 200"] > 0
    assert site.torn_uploads(large_site) == []


def test_one_wrong_octet_is_found(large_site: Path):
    octets = bytearray(site.content("small.html"))
    octets[500] ^= 1
    (large_site / "small.html").write_bytes(octets)
    with serving(large_site) as live:
        tally = Crowd(Target(live.address[1]), STANDARD, large_site, 1).run(60.0, GUESTS, 0)
    assert any("the first other one is at 500" in sentence for sentence in tally.wrong)


def test_a_lost_upload_is_found(large_site: Path, monkeypatch):
    monkeypatch.setattr("server_core.uploads.UploadFolder.save", lambda _self, _body: "upload_nowhere.json")
    with serving(large_site) as live:
        tally = Crowd(Target(live.address[1]), STANDARD, large_site, 1).run(60.0, GUESTS, 0)
    assert any("was confirmed and is not on the disk" in sentence for sentence in tally.wrong)


@pytest.fixture
def https(tmp_path: Path) -> Identities:
    identities = Identities(tmp_path / "https")
    identities.make()
    return identities


def secure_crowd(site_folder: Path, https: Identities, **rows: Row) -> Tally:
    """What guests of a server over TLS find who play these rows alone."""
    texts = {"tls_cert": str(https.certificate), "tls_key": str(https.key)}
    with serving(site_folder, **texts) as live:
        target = Target(live.address[1], str(https.certificate.parent))
        return Crowd(target, Setup("", rows, {}), site_folder, 1).run(60.0, 2, 0)


def test_a_certificate_that_is_no_longer_due_is_found(large_site: Path, https: Identities, monkeypatch):
    monkeypatch.setattr("server_core.identity.Identity._renew", lambda _self, _log: None)
    monkeypatch.setattr(identities, "EVERY_S", 0.2)
    monkeypatch.setattr(tls_guests, "COUNTS_WITHIN_S", 0.5)
    tally = secure_crowd(large_site, https, handshake=TLS_GUESTS["a new handshake"])
    assert any("number 0 was shown" in sentence for sentence in tally.wrong)


def test_a_certificate_of_somebody_else_is_found(large_site: Path, https: Identities, tmp_path: Path):
    other = Identities(tmp_path / "other")
    other.make()
    texts = {"tls_cert": str(other.certificate), "tls_key": str(other.key)}
    with serving(large_site, **texts) as live:
        target = Target(live.address[1], str(https.certificate.parent))
        tally = Crowd(target, SETUPS["https"], large_site, 1).run(60.0, 2, 0)
    assert any("the certificate shown is" in sentence for sentence in tally.wrong)


def test_a_wrong_octet_in_a_zip_is_found(large_site: Path):
    (large_site / "gallery" / "one.png").write_bytes(bytes(40_000))
    setup = Setup("", {"zip": WEBSITE_GUESTS["a folder as zip"]}, {})
    with serving(large_site, profile="website", listing="yes") as live:
        tally = Crowd(Target(live.address[1]), setup, large_site, 1).run(60.0, 1, 0)
    assert any("or other octets" in sentence for sentence in tally.wrong)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["stalled-stop", "stop", "root", "kill-files"])
def test_an_experiment_succeeds_in_its_short_form(tmp_path: Path, name):
    """On Windows a program whose log nobody took did not end."""
    EXPERIMENTS[name].play(Lab(sys.executable, tmp_path, is_short=True))


@pytest.mark.slow
@pytest.mark.timeout(180)
@pytest.mark.parametrize("setup", SETUPS)
def test_a_short_run_keeps_every_promise_and_leaves_a_page(tmp_path: Path, setup):
    command = [sys.executable, "-m", "soak", "--short", "--minutes", "0.05", "--results", str(tmp_path)]
    command += ["--only", "chaos", "--only", "port", "--name", "short", "--setup", setup]
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, timeout=170, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "FAIL" not in done.stdout
    assert (tmp_path / "short.svg").exists()
