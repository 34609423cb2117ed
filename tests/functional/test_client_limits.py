"""Who may connect, how often, and how much of it one client may have."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

from server_core import door
from server_core.client_rate import BURST_S
from server_core.hosts import normalise_address
from server_core.networks import Networks
from tests.functional.live import Client, serving, until

if TYPE_CHECKING:
    from pathlib import Path

    from server_core.events import Event
    from tests.functional.live import Live

ONE, OTHER = "127.0.0.1", "127.0.0.2"


def has_ipv6() -> bool:
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            return True
    except OSError:
        return False


def client_from(live: Live, source: str) -> Client:
    return Client(live.address, live.host, source=source)


def status_from(live: Live, source: str) -> int:
    with client_from(live, source) as client:
        return client.get("/sample.txt").status


@pytest.mark.parametrize(
    ("allowed", "denied", "statuses"),
    [
        ("", "", (200, 200)),
        ("127.0.0.1", "", (200, 403)),
        ("127.0.0.0/8", "", (200, 200)),
        ("10.0.0.0/8, 127.0.0.2/32", "", (403, 200)),
        ("::/0", "", (403, 403)),
        ("", "127.0.0.2", (200, 403)),
        ("127.0.0.0/8", "127.0.0.0/31", (403, 200)),
        ("", "0.0.0.0/0", (403, 403)),
    ],
)
def test_networks_are_let_in_or_not(site: Path, allowed, denied, statuses):
    with serving(site, allow_clients=allowed, deny_clients=denied) as live:
        assert (status_from(live, ONE), status_from(live, OTHER)) == statuses


def test_a_client_that_may_not_come_is_told_and_the_log_as_well(site: Path):
    with serving(site, deny_clients=OTHER) as live:
        for _ in range(2):
            with client_from(live, OTHER) as client:
                answer = client.answer()  # before it has said anything
                assert (answer.status, answer.reason, answer.closes) == (403, "client-not-allowed", True)
                assert client.is_closed()
        event = live.event(lambda event: event.reason == "client-not-allowed")
        assert (event.kind, event.level, event.status) == ("security", "warning", 403)
        assert event.client.startswith(f"{OTHER}:")
        until(lambda: not live.server.snapshot().open_connections)
        assert live.get("/").status == 200


@pytest.mark.skipif(not has_ipv6(), reason="there is no IPv6 on this computer")
@pytest.mark.parametrize(("denied", "status"), [("::1", 403), ("::/64", 403), ("127.0.0.0/8", 200)])
def test_networks_of_ipv6(site: Path, denied, status):
    with serving(site, host="::1", deny_clients=denied) as live:
        assert live.get("/").status == status


def test_many_who_may_not_come_are_closed_without_a_word_and_logged_each(site: Path, monkeypatch):
    monkeypatch.setattr(door, "TOLD_AT_ONCE", 3)
    with serving(site, deny_clients=OTHER) as live, live.client() as good:
        crowd = [client_from(live, OTHER) for _ in range(20)]
        try:
            assert good.get("/sample.txt").status == 200

            def refused() -> list[Event]:
                return [event for event in live.events if event.reason == "client-not-allowed"]

            until(lambda: len(refused()) == 20)
            assert {event.kind for event in refused()} == {"security"}
            assert len({event.connection for event in refused()}) == 20
            assert sum(event.status == 403 for event in refused()) >= 3
            until(lambda: live.server.snapshot().totals.errors == 20)
        finally:
            for client in crowd:
                client.close()
        until(lambda: live.server.snapshot().open_connections == 1)
        assert good.get("/sample.txt").status == 200


def test_a_client_keeps_so_many_connections_and_another_as_many(site: Path):
    with serving(site, max_client_connections="2") as live:
        with (
            client_from(live, ONE) as first,
            client_from(live, ONE) as second,
            client_from(live, OTHER) as other,
        ):
            for client in (first, second, other):
                assert client.get("/").status == 200
            with client_from(live, ONE) as third:
                answer = third.get("/")
                assert (answer.status, answer.reason, answer.closes) == (429, "client-connections", True)
                assert int(answer.fields["retry-after"]) > 0
            for client in (first, second, other):
                assert client.get("/").status == 200
            with client_from(live, OTHER) as another:
                assert another.get("/").status == 200
        event = live.event(lambda event: event.reason == "client-connections")
        assert (event.level, event.status) == ("warning", 429)
        # Who has closed a connection may open another, however those ended.
        until(lambda: not live.server.snapshot().open_connections)
        for _ in range(3):
            with client_from(live, ONE) as first, client_from(live, ONE) as second:
                assert [first.get("/").status, second.get("/").status] == [200, 200]
                second.abort()
            until(lambda: not live.server.snapshot().open_connections)


def test_nothing_is_remembered_of_clients_that_are_gone(site: Path):
    with serving(site, max_client_connections="1", deny_clients="127.0.0.3") as live:
        for number in range(1, 40):
            with client_from(live, f"127.0.0.{number}") as client:
                client.get("/")
        until(lambda: not live.server.snapshot().open_connections)
        assert live.server._service.door.is_empty


def test_a_client_sends_so_many_requests_a_second_and_another_as_many(site: Path):
    with serving(site, max_client_rate="2", max_requests="100000") as live, client_from(live, OTHER) as other:
        with client_from(live, ONE) as one, client_from(live, ONE) as same:
            free = int(2 * BURST_S)
            statuses = [client.get("/sample.txt").status for client in (one, same) * free]
            assert statuses[:free] == [200] * free
            answer = one.get("/")
            while answer.status == 200:
                answer = one.get("/")
            assert (answer.status, answer.reason, answer.closes) == (429, "client-rate", False)
            assert int(answer.fields["retry-after"]) >= 1
            assert [other.get("/sample.txt").status for _ in range(free)] == [200] * free
            until(lambda: status_from(live, ONE) == 200)
        event = live.event(lambda event: event.reason == "client-rate")
        assert (event.level, event.kind, event.status) == ("warning", "request", 429)


@pytest.mark.skipif(
    not socket.has_dualstack_ipv6(), reason="one socket for both families is not to be had here"
)
def test_an_ipv4_client_of_a_socket_for_both_families_is_one_of_ipv4():
    with (
        socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True) as listener,
        socket.create_connection(("127.0.0.1", listener.getsockname()[1]), timeout=20),
    ):
        accepted, address = listener.accept()
        accepted.close()
    assert normalise_address(address[0]) in Networks(["127.0.0.0/8"])


@pytest.mark.parametrize("scheme", ["https"], indirect=True)
@pytest.mark.parametrize(
    ("setting", "code", "kind"),
    [
        ({"deny_clients": ONE}, "client-not-allowed", "security"),
        ({"max_client_connections": "1"}, "client-connections", "connection"),
    ],
)
def test_before_a_handshake_there_are_no_words_but_a_record(site: Path, scheme, setting, code, kind):
    with serving(site, **setting) as live, client_from(live, ONE) as first:
        if code == "client-not-allowed":
            assert first.is_closed()
        else:
            with client_from(live, ONE) as second:
                assert second.is_closed()
        event = live.event(lambda event: event.reason == code)
        assert (event.kind, event.level, event.status) == (kind, "warning", 0)
        assert event.client.startswith(f"{ONE}:")
        with Client(live.address, live.host, source=OTHER, trust=live.trust) as other:
            assert other.get("/").status == 200
