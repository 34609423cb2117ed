"""A port is ours alone, and whoever meets it taken learns who has it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from server_core.errors import BindError
from server_core.listener import open_listeners
from server_core.ports import free_port, who_listens
from tests.functional.live import serving
from tests.systems import WINDOWS

TOP = Path(__file__).parents[2]
ADDRESSES = ("127.0.0.1", "::1")


@pytest.fixture(params=ADDRESSES)
def host(request):
    try:
        free_port(request.param)
    except OSError:
        pytest.skip(f"{request.param} is not an address of this computer")
    return request.param


def test_a_second_instance_is_told_who_has_the_port(site, host):
    with serving(site, host=host) as live:
        port = live.address[1]
        with pytest.raises(BindError) as refused:
            open_listeners(host, port)
        assert live.get("/").status == 200  # and it took nothing away
    error = refused.value
    assert error.in_use
    assert str(port) in error.reason
    assert f"(process {os.getpid()})" in error.reason
    assert "Choose another port" in error.advice


def test_the_port_is_free_again_when_the_server_has_stopped(site, host):
    with serving(site, host=host) as live:
        port = live.address[1]
        assert live.get("/").status == 200
    with serving(site, host=host, port=str(port)) as live:
        assert live.get("/").status == 200


def test_server_py_says_so_and_ends_with_3(site):
    with serving(site) as live:
        port = str(live.address[1])
        ended = subprocess.run(
            [sys.executable, str(TOP / "server.py"), port, "--root", str(site)],
            capture_output=True, text=True, check=False, timeout=30,
        )  # fmt: skip
    assert ended.returncode == 3
    assert ended.stdout == ""
    assert port in ended.stderr
    assert f"(process {os.getpid()})" in ended.stderr
    assert len(ended.stderr.splitlines()) == 1


def test_who_listens_names_program_and_process(host):
    with socket.create_server((host, 0), family=socket.AF_INET6 if ":" in host else socket.AF_INET) as sock:
        holder = who_listens(sock.getsockname()[1])
    assert "python" in holder.lower() or "pytest" in holder.lower()
    assert holder.endswith(f"(process {os.getpid()})")


def test_nobody_listens_on_a_free_port(host):
    assert who_listens(free_port(host)) == ""


@WINDOWS
def test_no_other_program_takes_the_port_over(site):
    """SO_REUSEADDR does that on Windows, and nowhere else."""
    with serving(site) as live, socket.socket() as thief:
        thief.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with pytest.raises(OSError) as refused:
            thief.bind(live.address)
    assert getattr(refused.value, "winerror", 0) in {10013, 10048}
