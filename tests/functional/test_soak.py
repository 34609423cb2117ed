"""The soak against a server: all is found right where it is, and what is wrong is found."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from soak import site
from soak.crowd import Crowd
from soak.experiments import EXPERIMENTS, Lab
from soak.setups import SETUPS
from soak.target import Target
from tests.functional.live import serving
from tests.functional.process import CHECKOUT

if TYPE_CHECKING:
    from pathlib import Path

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


@pytest.mark.slow
@pytest.mark.parametrize("name", ["stalled-stop", "stop", "root"])
def test_an_experiment_succeeds_in_its_short_form(tmp_path: Path, name):
    """On Windows a program whose log nobody took did not end."""
    EXPERIMENTS[name].play(Lab(sys.executable, tmp_path, is_short=True))


@pytest.mark.slow
@pytest.mark.timeout(180)
def test_a_short_run_keeps_every_promise_and_leaves_a_page(tmp_path: Path):
    command = [sys.executable, "-m", "soak", "--short", "--minutes", "0.05", "--results", str(tmp_path)]
    command += ["--only", "chaos", "--only", "port", "--name", "short"]
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, timeout=170, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "FAIL" not in done.stdout
    assert (tmp_path / "short.svg").exists()
