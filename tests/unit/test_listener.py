"""Listening, and saying in a sentence why not."""

from __future__ import annotations

import contextlib
import os
import socket
import sys

import pytest

from server_core.errors import BindError
from server_core.listener import BACKLOG, open_listeners
from server_core.ports import free_port


def has_ipv6() -> bool:
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET6) as probe:
        probe.bind(("::1", 0))
        return True
    return False


IPV6 = pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6 loopback")


@pytest.fixture
def listen():
    with contextlib.ExitStack() as opened:

        def listen(host: str, port: int = 0) -> list[socket.socket]:
            listeners = open_listeners(host, port)
            for listener in listeners:
                opened.enter_context(listener)
            return listeners

        yield listen


def bind_error(host: str, port: int = 0) -> BindError:
    with pytest.raises(BindError) as failed:
        open_listeners(host, port)
    error = failed.value
    assert (error.host, error.port) == (host, port)
    assert error.reason.endswith(".")
    assert error.advice.endswith(".")
    assert str(error) == f"{error.reason} {error.advice}"
    return error


def connect(listener: socket.socket) -> None:
    address = listener.getsockname()
    with socket.socket(listener.family) as client:
        client.settimeout(5)
        client.connect(address)


def test_any_free_port(listen):
    (listener,) = listen("127.0.0.1")
    assert listener.getsockname()[0] == "127.0.0.1"
    assert listener.getsockname()[1] > 0
    assert not listener.getblocking()
    connect(listener)


def test_a_port_of_choice(listen):
    port = free_port("127.0.0.1")
    (listener,) = listen("127.0.0.1", port)
    assert listener.getsockname()[1] == port


def test_every_address(listen):
    (listener,) = listen("0.0.0.0")
    with socket.create_connection(("127.0.0.1", listener.getsockname()[1]), 5):
        pass


@IPV6
def test_ipv6(listen):
    (listener,) = listen("::1")
    assert listener.getsockname()[0] == "::1"
    connect(listener)


@IPV6
def test_every_address_of_both_kinds(listen):
    (listener,) = listen("::")
    for address in ("127.0.0.1", "::1"):
        with socket.create_connection((address, listener.getsockname()[1]), 5):
            pass


@IPV6
def test_localhost_is_both_loopbacks_on_one_port(listen):
    """A browser that tries ::1 first must not wait."""
    listeners = listen("localhost")
    assert [listener.getsockname()[0] for listener in listeners] == ["127.0.0.1", "::1"]
    assert len({listener.getsockname()[1] for listener in listeners}) == 1
    for listener in listeners:
        connect(listener)


def test_a_port_in_use_names_the_program(listen):
    (listener,) = listen("127.0.0.1")
    port = listener.getsockname()[1]
    error = bind_error("127.0.0.1", port)
    assert error.in_use
    assert f"Port {port} on 127.0.0.1 is already in use by " in error.reason
    assert f"(process {os.getpid()})" in error.reason
    assert "another port" in error.advice


def test_a_port_in_use_by_nobody_who_can_be_named(monkeypatch, listen):
    monkeypatch.setattr("server_core.listener.who_listens", lambda port: "")
    (listener,) = listen("127.0.0.1")
    assert "in use by another program." in bind_error("127.0.0.1", listener.getsockname()[1]).reason


def test_a_port_that_connections_of_yesterday_still_name_is_free(listen):
    """TIME_WAIT of a server that has just stopped."""
    (listener,) = listen("127.0.0.1")
    port = listener.getsockname()[1]
    with socket.create_connection(("127.0.0.1", port), 5):
        listener.setblocking(True)
        accepted, _ = listener.accept()
        accepted.close()  # first: so ours is the side that waits
    listener.close()
    listen("127.0.0.1", port)


@IPV6
def test_where_one_of_two_fails_none_stays_open(listen):
    port = free_port("127.0.0.1")
    listen("::1", port)
    assert bind_error("localhost", port).in_use
    listen("127.0.0.1", port)  # it was given back


def test_an_address_that_is_not_of_this_computer():
    error = bind_error("192.0.2.1")  # RFC 5737: an example's
    assert error.reason == "192.0.2.1 is not an address of this computer."
    assert not error.in_use


@pytest.mark.parametrize(
    "host",
    ["no-such-host.invalid", "a" * 64, "a" * 64 + ".test"],
    ids=["name", "label", "name of long label"],
)
def test_an_address_that_is_unknown(host):
    assert bind_error(host).reason == f"The address {host} is unknown."


@pytest.mark.skipif(sys.platform == "win32", reason="Windows lets everybody listen on low ports")
@pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="root may listen everywhere")
def test_a_port_for_administrators():
    assert "administrator" in bind_error("127.0.0.1", 1).reason


def test_a_burst_of_clients_fits(listen):
    assert BACKLOG >= 128
    (listener,) = listen("127.0.0.1")
    with contextlib.ExitStack() as opened:
        for _ in range(100):  # nobody accepts
            opened.enter_context(socket.create_connection(listener.getsockname(), 0.5))
