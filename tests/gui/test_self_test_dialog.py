"""The self-test and the load test, driven in a real window against its own server."""

from __future__ import annotations

import shutil
import socket
import time

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QTreeWidget

from gui.check_run import FAILED, PASSED
from gui.checks import read_checks
from gui.histogram import Histogram, shown_buckets
from gui.load import BUCKETS, Plan, Report, bucket_of, edge_ms
from gui.load_dialog import LoadProcess
from gui.settings import Settings
from server_core.lifecycle import State
from server_core.places import SAMPLE_SITE
from server_core.users import add_user
from tests.links import link

WAIT_MS = 20_000


@pytest.fixture
def sample_parts(make_parts, tmp_path):
    root = tmp_path / "sample"
    shutil.copytree(SAMPLE_SITE, root)
    return make_parts(Settings(tmp_path / "sample.ini", {"root": str(root), "port": "0"}))


def open_self_test(parts):
    parts.window.actions_by_name["self_test"].trigger()
    return parts.window.feature("SelfTestFeature").dialog


def open_load_test(parts):
    parts.window.actions_by_name["load_test"].trigger()
    return parts.window.feature("LoadFeature").dialog


def heartbeat(owner):
    """Times between the ticks of a 10 ms timer, for as long as ``owner`` lives."""
    gaps, last = [], [time.perf_counter()]

    def tick():
        now = time.perf_counter()
        gaps.append(now - last[0])
        last[0] = now

    timer = QTimer(owner, interval=10)
    timer.timeout.connect(tick)
    timer.start()
    return gaps


def test_tests_are_offered_while_the_server_runs(parts, start, stop):
    actions = [parts.window.actions_by_name[name] for name in ("self_test", "load_test")]
    assert not any(action.isEnabled() for action in actions)
    start(parts)
    assert all(action.isEnabled() for action in actions)
    stop(parts)
    assert not any(action.isEnabled() for action in actions)


@pytest.mark.slow
def test_every_check_passes_on_the_sample_site_and_the_window_stays_awake(sample_parts, start, qtbot):
    start(sample_parts)
    dialog = open_self_test(sample_parts)
    gaps = heartbeat(dialog)
    assert dialog.run_button.text() == "C&ancel"
    qtbot.waitUntil(lambda: not dialog.is_running, timeout=WAIT_MS)
    assert [each for each in dialog.outcomes if each.verdict != PASSED] == []
    assert len(dialog.outcomes) == len(read_checks())
    assert dialog.summary.text() == f"{len(read_checks())} passed, 0 failed, 0 skipped"
    assert max(gaps) < 0.5
    dialog.copy()
    lines = QGuiApplication.clipboard().text().splitlines()
    assert lines[1] == "PASSED  / is the index page"
    dialog._only_problems.setChecked(True)
    tree = dialog.findChild(QTreeWidget)
    assert all(tree.topLevelItem(row).isHidden() for row in range(tree.topLevelItemCount()))
    assert dialog.run_button.text() == "&Run again"


@pytest.mark.slow
def test_a_fault_in_the_folder_is_a_failure_that_says_what_came(sample_parts, start, qtbot, tmp_path):
    start(sample_parts)
    (tmp_path / "elsewhere.html").write_bytes(b"elsewhere")
    page = sample_parts.window.controller.config.root / "about.html"
    page.unlink()
    link(page, tmp_path / "elsewhere.html")
    dialog = open_self_test(sample_parts)
    qtbot.waitUntil(lambda: not dialog.is_running, timeout=WAIT_MS)
    failed = {each.check.name: each.why for each in dialog.outcomes if each.verdict == FAILED}
    assert failed["/about.html is shown"] == "expected status 200, came 403"
    assert "0 failed" not in dialog.summary.text()


def test_a_cancel_says_how_far_it_came_and_it_can_run_again(sample_parts, start, qtbot):
    start(sample_parts)
    dialog = open_self_test(sample_parts)
    qtbot.waitUntil(lambda: len(dialog.outcomes) > 5, timeout=WAIT_MS)
    dialog.run_button.click()
    qtbot.waitUntil(lambda: not dialog.is_running, timeout=WAIT_MS)
    assert "Cancelled after" in dialog.summary.text()
    dialog.run_button.click()
    assert dialog.is_running
    dialog.close()
    assert not dialog.is_running


def test_a_server_that_stops_ends_the_self_test(sample_parts, start, stop, qtbot):
    start(sample_parts)
    dialog = open_self_test(sample_parts)
    qtbot.waitUntil(lambda: len(dialog.outcomes) > 5, timeout=WAIT_MS)
    stop(sample_parts)
    qtbot.waitUntil(lambda: not dialog.is_running, timeout=WAIT_MS)
    assert not dialog.run_button.isEnabled()


@pytest.mark.slow
@pytest.mark.parametrize("keep_alive", [True, False])
def test_a_load_test_counts_and_times_every_request(parts, start, qtbot, keep_alive):
    port = start(parts)
    dialog = open_load_test(parts)
    gaps = heartbeat(dialog)
    dialog.clients.setValue(8)
    dialog.requests.setValue(600)
    dialog.keep_alive.setChecked(keep_alive)
    dialog.run_button.click()
    qtbot.waitUntil(lambda: dialog.report is not None and dialog.report.finished, timeout=WAIT_MS)
    report = dialog.report
    assert (report.done, report.failed, report.statuses) == (600, 0, {200: 600})
    assert sum(report.buckets) == 600
    assert 0 < report.p50_ms <= report.p95_ms <= report.p99_ms <= report.slowest_ms
    assert parts.controller.snapshot().totals.requests == 600
    assert "p95" in dialog.histogram.accessibleDescription()
    assert "200:\N{NO-BREAK SPACE}600" in dialog.summary.text()
    assert max(gaps) < 0.5
    connections = {parts.model.event_at(row).connection for row in range(parts.model.visible_rows)}
    assert port
    qtbot.waitUntil(lambda: parts.model.visible_rows >= 600, timeout=WAIT_MS)
    connections = {parts.model.event_at(row).connection for row in range(parts.model.visible_rows)} - {0}
    assert len(connections) == (8 if keep_alive else 600)


@pytest.mark.slow
def test_a_load_test_can_be_cancelled_and_its_process_is_gone(parts, start, qtbot):
    start(parts)
    dialog = open_load_test(parts)
    dialog.requests.setValue(500_000)
    dialog.start()
    qtbot.waitUntil(lambda: dialog.report is not None and dialog.report.done > 0, timeout=WAIT_MS)
    process = dialog._process._process
    dialog.run_button.click()
    assert not dialog.is_running
    with pytest.raises(ValueError, match="closed"):
        process.is_alive()
    assert dialog.summary.text().startswith("Cancelled.")


@pytest.mark.slow
def test_a_server_that_stops_ends_the_load_test(parts, start, stop, qtbot):
    start(parts)
    dialog = open_load_test(parts)
    dialog.requests.setValue(500_000)
    dialog.start()
    qtbot.waitUntil(lambda: dialog.report is not None, timeout=WAIT_MS)
    stop(parts)
    assert not dialog.is_running
    assert "The server has stopped." in dialog.summary.text()
    assert not dialog.run_button.isEnabled()


def test_a_page_that_is_none_is_said_and_nothing_starts(parts, start):
    start(parts)
    dialog = open_load_test(parts)
    dialog.target.setText("index page")
    dialog.run_button.click()
    assert not dialog.is_running
    assert "slash" in dialog.summary.text()


@pytest.mark.slow
def test_errors_are_counted_by_what_they_are(qtbot):
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    process = LoadProcess(Plan("127.0.0.1", port, "/", 2, 20, True))
    reports = []

    def look():
        reports.append(process.latest())
        return process.is_over

    qtbot.waitUntil(look, timeout=WAIT_MS)
    process.end()
    last = [report for report in reports if report][-1]
    assert (last.done, last.failed, sum(last.problems.values())) == (20, 20, 20)
    assert not any(last.buckets)


def test_closing_the_window_ends_what_runs(parts, start, stop, qtbot):
    start(parts)
    dialog = open_self_test(parts)
    load = open_load_test(parts)
    load.requests.setValue(500_000)
    load.start()
    parts.window.stop_and_quit()
    qtbot.waitUntil(lambda: not parts.window.isVisible(), timeout=WAIT_MS)
    assert not dialog.is_running
    assert not load.is_running
    assert parts.controller.state is State.STOPPED


@pytest.mark.parametrize("took_ms", [0.001, 0.05, 0.4, 1.0, 33.3, 5_000.0])
def test_a_bucket_holds_what_lies_between_its_edges(took_ms):
    bucket = bucket_of(took_ms)
    assert took_ms < edge_ms(bucket + 1)
    assert bucket == 0 or took_ms >= edge_ms(bucket) * 0.999


def test_the_last_bucket_takes_whatever_is_longer():
    assert bucket_of(10_000_000.0) == BUCKETS - 1


def test_a_histogram_shows_what_is_used_with_room_around_it():
    buckets = [0] * BUCKETS
    buckets[20] = 5
    first, last = shown_buckets(tuple(buckets))
    assert first < 20 < last
    assert last - first + 1 >= 24


def test_a_histogram_paints_bars_where_the_requests_are(qtbot):
    buckets = [0] * BUCKETS
    buckets[30], buckets[31] = 1, 10
    widget = Histogram()
    qtbot.addWidget(widget)
    widget.resize(600, 300)
    empty = widget.grab().toImage()
    value_ms = edge_ms(31)
    widget.show_report(
        Report(11, 0, 1.0, tuple(buckets), value_ms, value_ms, value_ms, value_ms, {200: 11}, {}, True)
    )
    painted = widget.grab().toImage()
    assert painted != empty
    bar = sum(painted.pixelColor(x, 240) != painted.pixelColor(2, 240) for x in range(600))
    assert 20 < bar < 80, bar


@pytest.mark.parametrize(
    ("settings", "of_checks", "of_load"),
    [
        ({}, [], []),
        ({"profile": "website"}, ["Standard profile"], []),
        ({"max_client_rate": "500"}, ["429"], ["429"]),
        ({"profile": "website", "users": "users"}, ["401", "Standard profile"], ["401"]),
    ],
)
def test_what_the_settings_do_to_the_tests_is_said_first(
    make_parts, start, tmp_path, settings, of_checks, of_load
):
    if "users" in settings:
        add_user(tmp_path / "users", "anna", "correct horse")
        settings = {**settings, "users": str(tmp_path / "users")}
    parts = make_parts(**settings)
    start(parts)
    for dialog, words in ((open_self_test(parts), of_checks), (open_load_test(parts), of_load)):
        said = dialog.hindrance.text()
        assert bool(said) == bool(words) == dialog.hindrance.isVisible()
        assert all(word in said for word in words)
        dialog.close()
