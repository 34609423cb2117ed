"""The black-box scripts: each checks the same as its twin in the other language, and all pass."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.blackbox_server import CHECKOUT, running_server
from tests.systems import IS_WINE
from tests.test_concurrency import CHECKS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SHELL = CHECKOUT / "tests"
POWERSHELL = CHECKOUT / "powershell_tests"
TABLES = ("test_get_requests", "test_post_requests", "test_security")
ALL = (*TABLES, "test_concurrency")
CHECKS_PER_SCRIPT = 9  # the shortest script has as many; fewer found means that the pattern misses them


def table_of(script: Path) -> list[str]:
    """Return the rows of a script's table, and its other checks' names, in order."""
    rows: list[str] = []
    inside = False
    for line in script.read_text("ascii").splitlines():
        if line.endswith(("<<'CHECKS'", "Invoke-CheckTable @'")):
            inside = True
        elif line in {"CHECKS", "'@"}:
            inside = False
        elif inside and line and not line.startswith("#"):
            rows.append(line)
        elif found := re.match(r"(?:check|Invoke-Check) '([^']+)'", line):
            rows.append(found[1])
    assert len(rows) >= CHECKS_PER_SCRIPT, f"{script} has {len(rows)} checks"
    return rows


def names_of(stem: str) -> list[str]:
    return [row.split(" | ", maxsplit=1)[0].strip() for row in table_of(POWERSHELL / f"{stem}.ps1")]


def find_bash() -> str | None:
    """Return bash, but not the launcher of the Linux inside Windows, whose loopback is another machine's."""
    found = shutil.which("bash")
    return None if found and "system32" in found.lower() else found


def find_powershell() -> str | None:
    """Return a real PowerShell: Wine's program of that name does nothing."""
    here = None if IS_WINE else shutil.which("pwsh") or shutil.which("powershell")
    return os.environ.get("SPINDLE_PWSH") or here


bash = pytest.mark.skipif(find_bash() is None, reason="no bash on the PATH")
powershell = pytest.mark.skipif(
    find_powershell() is None, reason="no PowerShell: neither SPINDLE_PWSH nor pwsh or powershell on the PATH"
)


@pytest.fixture
def base_url(tmp_path: Path) -> Iterator[str]:
    with running_server(tmp_path) as server:
        yield server.base_url


def passes(command: list[str], names: list[str], environment: dict[str, str] | None = None) -> None:
    """Assert that a script exits with 0 and prints PASS for each of these checks and their count."""
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=110,
        check=False,
        env=environment,
    )
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    assert said.splitlines() == [*(f"PASS {name}" for name in names), f"{len(names)} passed, 0 failed"], said


@pytest.mark.parametrize("stem", TABLES)
def test_shell_and_powershell_have_the_same_rows(stem: str) -> None:
    assert table_of(SHELL / f"{stem}.sh") == table_of(POWERSHELL / f"{stem}.ps1")


def test_python_and_powershell_have_the_same_concurrency_checks() -> None:
    assert list(CHECKS) == table_of(POWERSHELL / "test_concurrency.ps1")


@pytest.mark.parametrize("stem", ALL)
def test_no_two_checks_share_a_name(stem: str) -> None:
    names = names_of(stem)
    assert sorted(names) == sorted(set(names))


def test_run_all_runs_every_script() -> None:
    text = (POWERSHELL / "run_all.ps1").read_text("ascii")
    assert tuple(re.findall(r"'(test_[a-z_]+)'", text)) == ALL


@bash
@pytest.mark.slow
@pytest.mark.timeout(120)
@pytest.mark.parametrize("stem", TABLES)
def test_shell_script_passes(stem: str, base_url: str) -> None:
    passes([str(find_bash()), str(SHELL / f"{stem}.sh"), base_url], names_of(stem))


@pytest.mark.slow
@pytest.mark.timeout(120)
def test_python_script_passes_by_hand(base_url: str) -> None:
    passes([sys.executable, str(SHELL / "test_concurrency.py"), base_url], list(CHECKS))


@powershell
@pytest.mark.slow
@pytest.mark.timeout(120)
@pytest.mark.parametrize("stem", ALL)
def test_powershell_script_passes(stem: str, base_url: str) -> None:
    script = str(POWERSHELL / f"{stem}.ps1")
    passes([str(find_powershell()), "-NoProfile", "-File", script, "-BaseUrl", base_url], names_of(stem))


@powershell
@pytest.mark.slow
@pytest.mark.timeout(120)
def test_powershell_starts_a_server_of_its_own_and_leaves_nothing(tmp_path: Path) -> None:
    script = str(POWERSHELL / "test_post_requests.ps1")
    environment = {**os.environ, "TMPDIR": str(tmp_path), "TEMP": str(tmp_path), "TMP": str(tmp_path)}
    command = [str(find_powershell()), "-NoProfile", "-File", script, "-StartServer"]
    passes(command, names_of("test_post_requests"), environment)
    assert not list(tmp_path.glob("spindle-*"))


@bash
@pytest.mark.slow
@pytest.mark.timeout(120)
def test_shell_script_says_what_failed_and_exits_1(tmp_path: Path) -> None:
    """A changed file in the root must not go unnoticed: the scripts compare with the checkout's own."""
    with running_server(tmp_path) as server:
        (server.root / "about.html").write_text("<html>changed</html>")
        done = subprocess.run(
            [str(find_bash()), str(SHELL / "test_get_requests.sh"), server.base_url],
            capture_output=True,
            text=True,
            timeout=110,
            check=False,
        )
    failed = [line for line in done.stdout.splitlines() if line.startswith("FAIL ")]
    assert done.returncode == 1
    assert "FAIL /about.html is shown: expected the bytes of about.html, came 20 other bytes" in failed
    assert done.stdout.splitlines()[-1].endswith(f"passed, {len(failed)} failed")
