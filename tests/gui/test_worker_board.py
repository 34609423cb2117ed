from __future__ import annotations

import socket
from contextlib import closing

import pytest
from PySide6.QtCore import Qt

from gui.theme import Tone
from gui.tile import TILES
from gui.worker_board import TileModel, parked_tile, sentence, worker_tile
from server_core.events import INFO, REQUEST, Event
from server_core.stats import Activity, Doing, Snapshot, WorkerView, add_up

WAIT_MS = 10_000
CLIENT = "127.0.0.1:50000"
MORE_THAN_SOCKETS_BUFFER = 64 * 1024 * 1024


def snapshot(threads=4, busy=0, queued=0, refusing=False, parked=0) -> Snapshot:
    serving = Activity(Doing.SERVING, CLIENT, "GET /")
    workers = tuple(
        WorkerView(f"Worker-{number}", 0, serving if number <= busy else None)
        for number in range(1, threads + 1)
    )
    waiting = (Activity(Doing.SENDING, CLIENT, "GET /large.html", 0.25),) * parked
    return Snapshot(add_up([]), workers, waiting, queued, 50, refusing, 0)


@pytest.mark.parametrize(
    ("given", "says", "tone"),
    [
        ({}, "Busy: 0 of 4. Queue: 0 of 50. There is room for more.", Tone.MUTED),
        ({"busy": 3, "queued": 1}, "Busy: 3 of 4. Queue: 1 of 50. There is room for more.", Tone.MUTED),
        ({"parked": 2}, "Slow clients, which hold no worker: 2.", Tone.MUTED),
        ({"busy": 4}, "Every worker is busy, and nobody waits.", Tone.BUSY),
        ({"busy": 4, "queued": 7}, "Queue: 7 of 50. Requests wait for a worker; if this", Tone.WARNING),
        ({"busy": 4, "queued": 50, "refusing": True}, "New requests are refused with 503", Tone.ERROR),
    ],
)
def test_the_sentence_says_how_well_the_workers_keep_up(given, says, tone):
    text, told = sentence(snapshot(**given))
    assert says in text
    assert told is tone


LAST = Event(0.0, INFO, REQUEST, "Worker-3", CLIENT, "GET", "/a\x1b.png", status=200)


@pytest.mark.parametrize(
    ("activity", "last", "state", "about"),
    [
        (None, None, "idle", "1,234 served"),
        (None, LAST, "idle", "1,234 served, GET /a\\x1b.png"),
        (Activity(Doing.READING, CLIENT, ""), LAST, "reading", CLIENT),
        (Activity(Doing.READING, CLIENT, "POST /upload", 0.999), LAST, "reading 99 %", "POST /upload"),
        (Activity(Doing.SERVING, CLIENT, "GET /\x07"), LAST, "serving", "GET /\\x07"),
        (Activity(Doing.SENDING, CLIENT, "GET /b.png", 0.5), LAST, "sending 50 %", "GET /b.png"),
    ],
)
def test_a_tile_says_what_its_worker_does_or_did_last(activity, last, state, about):
    tile = worker_tile(WorkerView("Worker-3", 1234, activity), last)
    assert (tile.name, tile.number, tile.state, tile.about) == ("Worker-3", "3", state, about)
    assert (tile.tone is Tone.MUTED) == (activity is None)
    assert tile.text.startswith("Worker-3, ")


def test_a_request_that_waits_for_its_client_is_shown_without_a_worker():
    tile = parked_tile(Activity(Doing.SENDING, CLIENT, "GET /large.html", 0.25))
    assert (tile.name, tile.state, tile.about) == ("GET /large.html", "25 %", f"to {CLIENT}")
    assert parked_tile(Activity(Doing.READING, CLIENT, "POST /upload")).about == f"from {CLIENT}"


def test_tiles_come_change_and_go_in_place(qtmodeltester):
    model = TileModel()
    qtmodeltester.check(model)
    tiles = [parked_tile(Activity(Doing.READING, str(number), "")) for number in range(5)]
    changed = []
    model.dataChanged.connect(lambda first, last: changed.append((first.row(), last.row())))
    for shown in (tiles[:3], tiles, tiles[:2], [tiles[0], tiles[4]], []):
        model.show_tiles(shown)
        assert model.tiles() == shown
        assert model.rowCount() == len(shown)
    assert changed == [(1, 1)]


# --- in the window ---


def test_every_worker_has_its_tile_while_the_server_runs(make_parts, start, stop, ask, qtbot):
    parts = make_parts(threads="3")
    board = parts.window.board
    assert "when the server runs" in board.text()
    port = start(parts)
    for _ in range(5):
        ask(port, "/sample.txt")
    qtbot.waitUntil(lambda: any("/sample.txt" in tile.about for tile in board.tiles()), timeout=WAIT_MS)
    assert [tile.name for tile in board.tiles()] == ["Worker-1", "Worker-2", "Worker-3"]
    qtbot.waitUntil(lambda: sum(int(tile.about.split()[0]) for tile in board.tiles()) == 5, timeout=WAIT_MS)
    assert {tile.state for tile in board.tiles()} == {"idle"}
    assert "of 3. Queue: 0 of 50." in board.text()
    model = board.view.model()
    named = model.data(model.index(0), Qt.ItemDataRole.AccessibleTextRole)
    assert named.startswith("Worker-1, ")
    stop(parts)
    parts.window.readings.take()
    assert board.tiles() == []


def test_a_slow_client_is_shown_with_what_it_has(parts, start, qtbot, site):
    (site / "large.html").write_bytes(bytes(MORE_THAN_SOCKETS_BUFFER))
    port = start(parts)
    with closing(socket.socket()) as slow:
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        slow.connect(("127.0.0.1", port))
        slow.sendall(f"GET /large.html HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode())
        board = parts.window.board
        qtbot.waitUntil(lambda: len(board.tiles()) == 11, timeout=WAIT_MS)
        assert board.tiles()[-1].about.startswith("to 127.0.0.1:")
        assert board.text().endswith("Slow clients, which hold no worker: 1.")


@pytest.mark.parametrize(("threads", "form"), [("1", TILES[0]), ("64", TILES[2])])
def test_tiles_are_as_large_as_there_is_room_for(make_parts, start, qtbot, threads, form):
    parts = make_parts(threads=threads)
    parts.window.resize(900, 600)
    start(parts)
    board = parts.window.board
    qtbot.waitUntil(lambda: len(board.tiles()) == int(threads), timeout=WAIT_MS)
    scroll_bar = board.view.verticalScrollBar()
    qtbot.waitUntil(lambda: board._delegate.form is form and not scroll_bar.isVisible(), timeout=WAIT_MS)
    assert not board.view.grab().isNull()


def test_pages_are_chosen_by_key_and_by_a_row(parts, qtbot):
    pane = parts.window.lower_pane
    assert pane.currentWidget() is parts.window.board
    pane.tabBar().setFocus()
    qtbot.keyClick(pane.tabBar(), Qt.Key.Key_Right)
    assert pane.currentWidget() is parts.window.details
    assert not pane.tabBar().grab().isNull()
    parts.window.actions_by_name["show_lower"].trigger()
    assert not pane.isVisible()
    pane.bring_up(parts.window.board)
    assert pane.isVisible()
    assert parts.window.actions_by_name["show_lower"].isChecked()
