"""Networks as people write them, and which clients are in them."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server_core.networks import Networks, client_key, host_of, parse_network


@pytest.mark.parametrize(
    ("text", "network"),
    [
        ("192.0.2.0/24", "192.0.2.0/24"),
        ("192.0.2.0/255.255.255.0", "192.0.2.0/24"),
        ("192.0.2.7", "192.0.2.7/32"),
        ("0.0.0.0/0", "0.0.0.0/0"),
        ("2001:DB8::/32", "2001:db8::/32"),
        ("::1", "::1/128"),
        ("::ffff:192.0.2.0/120", "192.0.2.0/24"),
        (" 10.0.0.0/8 ", "10.0.0.0/8"),
    ],
)
def test_a_network_is_read(text, network):
    assert str(parse_network(text)) == network


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "is not a network"),
        ("office", "is not a network"),
        ("192.0.2.0/33", "is not a network"),
        ("192.0.2", "is not a network"),
        ("1.2.3.04", "is not a network"),
        ("fe80::1%eth0", "is not a network"),
        ("[::1]", "is not a network"),
        ("192.0.2.7/24", "write 192.0.2.0/24 for the network, or 192.0.2.7 for the address alone."),
        ("2001:db8::1/32", "write 2001:db8::/32 for the network, or 2001:db8::1 for"),
    ],
)
def test_what_is_none_is_explained(text, why):
    with pytest.raises(ValueError, match=why) as caught:
        parse_network(text)
    assert str(caught.value).endswith(".")


@pytest.mark.parametrize(
    ("networks", "host", "is_in"),
    [
        ("192.0.2.0/24", "192.0.2.255", True),
        ("192.0.2.0/24", "192.0.3.0", False),
        ("192.0.2.0/24", "::ffff:192.0.2.1", True),
        ("192.0.2.0/24", "2001:db8::1", False),
        ("0.0.0.0/0", "203.0.113.9", True),
        ("0.0.0.0/0", "::1", False),
        ("::/0", "203.0.113.9", False),
        ("2001:db8::/32 2001:db9::/48", "2001:db9:0:1::", True),
        ("2001:db8::/32 2001:db9::/48", "2001:db9:1::", False),
        ("127.0.0.2", "127.0.0.2", True),
        ("127.0.0.2", "127.0.0.1", False),
        ("", "127.0.0.1", False),
    ],
)
def test_an_address_is_in_a_network_or_not(networks, host, is_in):
    assert (host in Networks(networks.split())) is is_in
    assert bool(Networks(networks.split())) is bool(networks)


ADDRESSES = st.ip_addresses(v=4) | st.ip_addresses(v=6).filter(lambda each: each.ipv4_mapped is None)


@given(ADDRESSES, st.lists(st.tuples(ADDRESSES, st.integers(0, 128)), max_size=6))
def test_the_table_agrees_with_looking_at_each(address, chosen):
    networks = [
        ipaddress.ip_network((int(each), min(length, each.max_prefixlen)), strict=False)
        if each.version == 6
        else ipaddress.IPv4Network((int(each), min(length, 32)), strict=False)
        for each, length in chosen
    ]
    networks = [each for each in networks if each.version == 4 or each.network_address.ipv4_mapped is None]
    table = Networks(map(str, networks))
    assert (str(address) in table) is any(
        address in each for each in networks if each.version == address.version
    )
    for each in networks:
        assert table.covers(str(each))
        wider = each.supernet() if each.prefixlen else each
        assert table.covers(str(wider)) is any(
            wider.subnet_of(other) for other in networks if other.version == wider.version
        )


@pytest.mark.parametrize(
    ("client", "host"), [("192.0.2.1:80", "192.0.2.1"), ("[2001:db8::1]:65535", "2001:db8::1")]
)
def test_a_client_is_written_with_its_port(client, host):
    assert host_of(client) == host


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("192.0.2.1:1", "192.0.2.1:2", True),
        ("192.0.2.1:1", "192.0.2.2:1", False),
        ("[2001:db8::1]:1", "[2001:db8::ffff:1]:2", True),
        ("[2001:db8:0:1::1]:1", "[2001:db8::1]:1", False),
        ("[::1]:1", "127.0.0.1:1", False),
    ],
)
def test_a_client_is_an_ipv4_address_or_half_of_an_ipv6_one(one, other, same):
    assert (client_key(one) == client_key(other)) is same
