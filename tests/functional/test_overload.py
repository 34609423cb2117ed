"""More than the server can bear, and faults of its own."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from server_core import reception, saturation
from server_core.handlers import Handler
from tests.functional.live import serving, until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.functional.live import Client

# Judging nine megabytes of small values keeps the one worker busy for a good part of a second.
HEAVY = b"[" + b"0," * 4_500_000 + b"0]"


def heavy_upload(client: Client) -> None:
    client.send(
        client.octets(
            "POST /upload HTTP/1.1",
            "Content-Type: application/json",
            f"Content-Length: {len(HEAVY)}",
            body=HEAVY,
        )
    )


def test_while_the_queue_is_full_requests_are_refused(site: Path, monkeypatch):
    monkeypatch.setattr(saturation, "REFUSE_AFTER_S", 0.0)
    entered, leave = threading.Event(), threading.Event()
    finish = Handler.finish

    def held_finish(self, upload):
        entered.set()
        assert leave.wait(20)
        return finish(self, upload)

    monkeypatch.setattr(Handler, "finish", held_finish)
    try:
        with (
            serving(site, threads="1", queue_size="1") as live,
            live.client() as holder,
            live.client() as queued,
            live.client() as refused,
        ):
            holder.send(
                holder.octets("POST /upload HTTP/1.1", "Content-Type: application/json", "Content-Length: 2")
            )
            holder.send(b"{}")
            assert entered.wait(20)
            queued.send(queued.octets("GET /sample.txt HTTP/1.1"))
            until(lambda: live.server.snapshot().queued == 1)
            answer = refused.get("/")
            assert (answer.status, answer.reason, answer.closes) == (503, "queue-full", True)
            assert int(answer.fields["retry-after"]) > 0
            live.message("the queue is full")
            leave.set()
            assert holder.answer().status == 201
            assert queued.answer().body == b"0123456789"
            live.message("recovered")
            assert live.get("/").status == 200
    finally:
        leave.set()


def test_a_worker_that_is_held_by_real_work_does_not_hold_up_the_others(site: Path):
    with serving(site, threads="2") as live, live.client() as heavy, live.client() as light:
        heavy_upload(heavy)
        until(
            lambda: any(
                worker.activity is not None and worker.activity.what == "POST /upload"
                for worker in live.server.snapshot().workers
            )
        )
        assert light.get("/sample.txt").body == b"0123456789"
        assert heavy.answer().status == 201


def test_beyond_the_limit_idle_connections_make_room(site: Path):
    with serving(site, max_connections="3") as live:
        idle = [live.client() for _ in range(3)]
        try:
            assert [client.get("/").status for client in idle] == [200] * 3
            with live.client() as newcomer:
                assert newcomer.get("/").status == 200
                left = {each.serial for each in list(live.server._service.connections.values())}
                assert 4 in left
                assert len(left) == 3
        finally:
            for client in idle:
                client.close()


def test_silent_connections_make_room_only_after_a_while(site: Path, monkeypatch):
    with serving(site, max_connections="2") as live, live.client(), live.client():
        until(lambda: live.server.snapshot().open_connections == 2)
        assert live.get("/").reason == "too-many-connections"
        monkeypatch.setattr(reception, "SILENT_S", 0.0)
        assert live.get("/").status == 200


def test_silent_connections_make_room_only_after_the_idle_ones(site: Path, monkeypatch):
    monkeypatch.setattr(reception, "SILENT_S", 0.0)
    with (
        serving(site, max_connections="2") as live,
        live.client() as silent,
        live.client() as asked,
    ):
        assert asked.get("/").status == 200
        until(lambda: len(live.server._parking.all()) == 2)
        assert live.get("/").status == 200
        assert asked.is_closed()
        assert silent.get("/").status == 200


def test_who_is_closed_without_an_answer_is_on_record_and_counted(site: Path, monkeypatch):
    monkeypatch.setattr(reception, "TURNED_AWAY_AT_ONCE", 0)
    with serving(site, max_connections="1") as live, live.client() as first:
        first.send(b"GET / HTTP/1.1\r\n")
        until(lambda: [each.phase.value for each in live.server._service.connections.values()] == ["head"])
        with live.client() as second:
            assert second.is_closed()
        assert live.event(lambda event: event.reason == "too-many-connections").status == 0
        totals = live.server.snapshot().totals
        assert (totals.requests, totals.statuses[0], totals.errors) == (0, 1, 1)


def test_where_nobody_is_idle_newcomers_are_refused(site: Path):
    with serving(site, max_connections="2") as live, live.client() as first, live.client() as second:
        for client in (first, second):
            client.send(b"GET / HTTP/1.1\r\n")
        until(lambda: live.server.snapshot().open_connections == 2)
        until(lambda: all(each.phase.value == "head" for each in live.server._service.connections.values()))
        with live.client() as third:
            answer = third.get("/")
            assert (answer.status, answer.reason, answer.closes) == (503, "too-many-connections", True)
            assert int(answer.fields["retry-after"]) > 0
        until(lambda: live.server.snapshot().totals.statuses[5] == 1)
        for client in (first, second):
            client.send(b"Host: localhost\r\n\r\n")
            assert client.answer().status == 200


def test_a_fault_of_its_own_is_answered_and_survived(site: Path, monkeypatch):
    begin = Handler.begin
    faults = [RuntimeError("planted by a test")]

    def faulty_begin(self, *about):
        if faults:
            raise faults.pop()
        return begin(self, *about)

    monkeypatch.setattr(Handler, "begin", faulty_begin)
    with serving(site, threads="1") as live:
        live.planted = "planted by a test"
        answer = live.get("/")
        assert (answer.status, answer.reason, answer.closes) == (500, "internal", True)
        assert b"planted" not in answer.body
        assert live.message("planted by a test").level == "error"
        assert live.get("/").status == 200
