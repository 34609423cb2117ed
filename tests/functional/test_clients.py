"""What people use: curl, requests and PowerShell download and upload without surprises."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest
import requests

from tests.functional.live import serving
from tests.systems import IS_WINE
from tests.test_blackbox_twins import find_powershell

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.functional.live import Live

CURL, POWERSHELL = shutil.which("curl"), find_powershell()
JSON = "Content-Type: application/json"
LARGE_BYTES = 2_000_000


@pytest.fixture
def large(live: Live) -> bytes:
    octets = os.urandom(LARGE_BYTES)
    (live.root / "large photo.png").write_bytes(octets)
    return octets


@pytest.fixture
def body_file(tmp_path: Path) -> Path:
    """Two megabytes of JSON."""
    file = tmp_path / "body.json"
    file.write_text(json.dumps([{"number": number, "text": "é" * 20} for number in range(30_000)]), "utf-8")
    return file


@pytest.mark.skipif(CURL is None, reason="curl is not installed")
class TestCurl:
    @pytest.fixture
    def curl(self, live: Live, tmp_path: Path):
        """Runs curl on a path of the server: what was written, and the head of the last answer."""

        def run(path: str, *options: str, piped: bytes = b"") -> tuple[bytes, list[str]]:
            command = [str(CURL), "-sS", "-D", str(tmp_path / "head"), *options, live.base + path]
            done = subprocess.run(
                command, input=piped, capture_output=True, timeout=30, check=False, cwd=tmp_path
            )
            assert done.returncode == 0, done.stderr
            heads = (tmp_path / "head").read_text("latin-1").split("\n\n")
            return done.stdout, heads[-2].splitlines() if len(heads) > 1 else heads[-1].splitlines()

        return run

    def test_download(self, curl, large):
        body, head = curl("/large%20photo.png")
        assert (body, head[0]) == (large, "HTTP/1.1 200 OK")

    def test_download_under_the_name_that_the_server_gives(self, curl, large, tmp_path):
        curl("/large%20photo.png", "-OJ")
        assert (tmp_path / "large photo.png").read_bytes() == large

    def test_a_range_and_the_rest_of_a_broken_download(self, curl, large, tmp_path):
        body, head = curl("/large%20photo.png", "--range", "1000-1999")
        assert (body, head[0]) == (large[1000:2000], "HTTP/1.1 206 Partial Content")
        (tmp_path / "part").write_bytes(large[:777_777])
        curl("/large%20photo.png", "-C", "-", "-o", "part")
        assert (tmp_path / "part").read_bytes() == large

    def test_only_if_it_is_newer(self, curl, large, live, tmp_path):
        os.utime(live.root / "large photo.png", (10**9, 10**9))
        curl("/large%20photo.png", "-R", "-o", "copy")
        assert int((tmp_path / "copy").stat().st_mtime) == 10**9
        body, head = curl("/large%20photo.png", "-z", "copy")
        assert (body, head[0]) == (b"", "HTTP/1.1 304 Not Modified")

    def test_http_1_0(self, curl, large):
        body, head = curl("/large%20photo.png", "--http1.0")
        assert (body, head[0]) == (large, "HTTP/1.1 200 OK")
        assert "Connection: close" in head

    def test_a_path_as_it_is(self, curl):
        body, head = curl("/../../etc/passwd", "--path-as-is")
        assert head[0] == "HTTP/1.1 403 Forbidden"
        assert b"path-dot-segment" in body

    def test_several_on_one_connection(self, curl, live):
        body, _ = curl("/sample.txt", f"{live.base}/sample.txt", "-w", "%{num_connects}")
        assert body == b"0123456789" + b"1" + b"0123456789" + b"0"

    @pytest.mark.parametrize("how", ["length", "chunked", "expectation", "a file", "a pipe"])
    def test_upload(self, curl, live, body_file, how):
        options = {
            "length": ["--data-binary", f"@{body_file}", "-H", "Expect:"],
            "chunked": ["--data-binary", f"@{body_file}", "-H", "Transfer-Encoding: chunked"],
            "expectation": ["--data-binary", f"@{body_file}", "-H", "Expect: 100-continue"],
            "a file": ["-X", "POST", "-T", str(body_file)],
            "a pipe": ["-X", "POST", "-T", "-"],
        }[how]
        body, head = curl("/upload", "-H", JSON, *options, piped=body_file.read_bytes())
        (saved,) = live.uploads()
        assert head[0] == "HTTP/1.1 201 Created"
        assert json.loads(body)["filepath"] == f"/uploads/{saved.name}"
        assert saved.read_bytes() == body_file.read_bytes()

    def test_a_form_is_refused_with_a_reason(self, curl, tmp_path):
        body, head = curl("/upload", "-F", "file=text")
        assert head[0] == "HTTP/1.1 415 Unsupported Media Type"
        assert json.loads(body)["reason"] == "type-not-accepted"


class TestRequests:
    def test_download(self, live: Live, large):
        with requests.Session() as session:
            for _ in range(3):
                answer = session.get(f"{live.base}/large photo.png", timeout=20)
                assert answer.content == large
            assert session.get(f"{live.base}/docs", timeout=20).url == f"{live.base}/docs/"
            headers = {"If-None-Match": answer.headers["ETag"]}
            assert session.get(f"{live.base}/large photo.png", headers=headers, timeout=20).status_code == 304
        assert len({event.connection for event in live.events if event.status}) == 1

    def test_upload(self, live: Live, body_file):
        value = json.loads(body_file.read_text("utf-8"))
        octets = body_file.read_bytes()
        headers = {"Content-Type": "application/json"}
        pieces = (octets[at : at + 10_000] for at in range(0, len(octets), 10_000))
        for answer in (
            requests.post(f"{live.base}/upload", json=value, timeout=20),
            requests.post(f"{live.base}/upload", data=pieces, headers=headers, timeout=20),
        ):
            assert answer.status_code == 201
            saved = live.root / answer.json()["filepath"][1:]
            assert json.loads(saved.read_text("utf-8")) == value
        refused = requests.post(f"{live.base}/upload", data=b"{", headers=headers, timeout=20)
        assert (refused.status_code, refused.json()["reason"]) == (400, "json-syntax")


@pytest.mark.slow
@pytest.mark.skipif(
    POWERSHELL is None or IS_WINE, reason="no PowerShell (name it in SPINDLE_PWSH), and Wine's is none"
)
class TestPowerShell:
    @pytest.fixture
    def live(self, site: Path) -> Iterator[Live]:
        with serving(site, receive_files="yes", min_free_bytes="0") as live:
            yield live

    @pytest.fixture
    def powershell(self, live: Live, tmp_path: Path):
        """What a script writes, with $base for the server's address."""

        def run(script: str) -> str:
            script = f"$ErrorActionPreference = 'Stop'; $ProgressPreference = 'SilentlyContinue'; $base = '{live.base}'; {script}"
            done = subprocess.run(
                [str(POWERSHELL), "-NoProfile", "-NonInteractive", "-Command", script],
                capture_output=True,
                text=True,
                timeout=50,
                cwd=tmp_path,
                check=False,
            )
            assert done.returncode == 0, done.stderr
            return done.stdout.strip()

        return run

    def test_download(self, powershell, large, tmp_path):
        said = powershell(
            'Invoke-WebRequest "$base/large photo.png" -OutFile copy.png -UseBasicParsing; '
            "(Invoke-WebRequest \"$base/\" -UseBasicParsing).Headers['Content-Type']; "
            "(Get-FileHash copy.png -Algorithm SHA256).Hash"
        )
        assert (tmp_path / "copy.png").read_bytes() == large
        assert said.split() == ["text/html;", "charset=utf-8", hashlib.sha256(large).hexdigest().upper()]

    def test_upload(self, powershell, live: Live, body_file):
        said = powershell(
            "$answer = Invoke-RestMethod \"$base/upload\" -Method Post -ContentType 'application/json' "
            "-Body (ConvertTo-Json @{name = 'value'; list = 1, 2, 3}); $answer.status; $answer.filepath; "
            f"$answer = Invoke-RestMethod \"$base/upload\" -Method Post -ContentType 'application/json' -InFile '{body_file}'; "
            "$answer.filepath"
        )
        status, first, second = said.split()
        assert status == "success"
        assert json.loads((live.root / first[1:]).read_text("utf-8")) == {"name": "value", "list": [1, 2, 3]}
        assert (live.root / second[1:]).read_bytes() == body_file.read_bytes()

    def test_a_file_is_sent(self, powershell, live: Live, large, tmp_path):
        (tmp_path / "photo.jpg").write_bytes(large)
        said = powershell(
            "foreach ($turn in 1, 2) { (Invoke-WebRequest -UseBasicParsing -Method Put -InFile photo.jpg "
            '-Uri "$base/upload/photo.jpg").Headers.Location }'
        )
        assert said.split() == ["/uploads/photo.jpg", "/uploads/photo%20%282%29.jpg"]
        assert (live.root / "uploads" / "photo (2).jpg").read_bytes() == large

    def test_a_refusal_can_be_read(self, powershell):
        said = powershell(
            "try { Invoke-RestMethod \"$base/upload\" -Method Post -ContentType 'application/json' -Body '{' } "
            "catch { [int]$_.Exception.Response.StatusCode; $_.ErrorDetails.Message }; exit 0"
        )
        status, _, message = said.partition("\n")
        assert int(status) == 400
        assert json.loads(message)["reason"] == "json-syntax"
