from __future__ import annotations

import socket
from types import SimpleNamespace

import psutil
import pytest

from gui.addresses import Address, reachable


def adapter(*addresses):
    kinds = [(socket.AF_INET6 if ":" in each else socket.AF_INET, each) for each in addresses]
    return [SimpleNamespace(family=family, address=address) for family, address in kinds]


@pytest.fixture
def adapters(monkeypatch):
    """A computer with many: what psutil would say of it."""
    found = {
        "vEthernet (WSL)": adapter("172.20.0.1"),
        "Loopback Pseudo-Interface 1": adapter("127.0.0.1", "::1"),
        "Ethernet": adapter("169.254.7.7", "fe80::1%12"),
        "docker0": adapter("172.17.0.1"),
        "WLAN": adapter("192.168.1.5", "fe80::2%7", "2001:db8::5"),
        "Ethernet 2": adapter("10.0.0.9"),
    }
    running = {name: SimpleNamespace(isup=name != "Ethernet 2") for name in found}
    monkeypatch.setattr(psutil, "net_if_addrs", lambda: found)
    monkeypatch.setattr(psutil, "net_if_stats", lambda: running)


@pytest.mark.parametrize(
    ("host", "found"),
    [
        ("0.0.0.0", ["192.168.1.5", "172.20.0.1", "172.17.0.1"]),
        ("::", ["192.168.1.5", "[2001:db8::5]", "172.20.0.1", "172.17.0.1"]),
        ("127.0.0.1", []),
        ("localhost", []),
        ("::1", []),
        ("192.168.1.5", ["192.168.1.5"]),
        ("2001:db8:0::5", ["[2001:db8::5]"]),
    ],
)
def test_what_others_can_reach(adapters, host, found):
    assert [each.text for each in reachable(host)] == found


def test_adapters_are_named_and_virtual_ones_marked(adapters):
    assert [(each.adapter, each.virtual) for each in reachable("0.0.0.0")] == [
        ("WLAN", False),
        ("vEthernet (WSL)", True),
        ("docker0", True),
    ]


@pytest.mark.parametrize(
    "name", ["Ethernet", "Wi-Fi", "WLAN", "eth0", "enp3s0", "wlan0", "en0", "Ethernet 3", "Mobilfunk"]
)
def test_a_real_adapter_is_not_taken_for_a_virtual_one(monkeypatch, name):
    monkeypatch.setattr(psutil, "net_if_addrs", lambda: {name: adapter("10.1.2.3")})
    monkeypatch.setattr(psutil, "net_if_stats", lambda: {name: SimpleNamespace(isup=True)})
    assert reachable("0.0.0.0") == [Address("10.1.2.3", name, virtual=False)]


@pytest.mark.parametrize(
    ("address", "port", "url"),
    [("10.0.0.1", 8080, "http://10.0.0.1:8080/"), ("10.0.0.1", 80, "http://10.0.0.1/"), ("[2001:db8::5]", 1, "http://[2001:db8::5]:1/")],
)  # fmt: skip
def test_an_address_as_people_type_it(address, port, url):
    assert Address(address, "").url(port) == url


@pytest.mark.parametrize(
    ("port", "url"),
    [(8443, "https://10.0.0.1:8443/"), (443, "https://10.0.0.1/"), (80, "https://10.0.0.1:80/")],
)
def test_an_address_of_a_server_that_speaks_https(port, url):
    assert Address("10.0.0.1", "").url(port, "https") == url


def test_this_computer_s_own_are_found_without_a_loopback_or_link_local_one():
    for each in reachable("::"):
        assert not each.text.startswith(("127.", "169.254.", "[fe80", "[::1"))
