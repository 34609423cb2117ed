from __future__ import annotations

import threading
import time

import pytest

from gui.patient_reader import PATIENCE_S, WAITING, PatientReader
from server_core.config import Config
from server_core.errors import ConfigError

WAIT_MS = 10_000
SLOW = "slow"


@pytest.fixture(autouse=True)
def no_hurry():
    """Here it is the patience that is tried."""


@pytest.fixture
def disk(site):
    """A reader whose folders beginning with "slow" answer when ``awake`` is set."""
    awake = threading.Event()

    def read(texts):
        if texts["root"].startswith(SLOW):
            assert awake.wait(20)
            texts = {**texts, "root": str(site)}
        return Config.from_text(texts)

    reader = PatientReader(read)
    yield reader, awake
    awake.set()
    for thread in threading.enumerate():
        if thread.name == "Settings check":
            thread.join(5)
    reader.deleteLater()


def test_a_disk_that_is_awake_is_read_as_ever(disk, site):
    reader, _ = disk
    assert reader.read({"root": str(site), "port": "81"}) == Config.from_text(
        {"root": str(site), "port": "81"}
    )
    with pytest.raises(ConfigError) as caught:
        reader.read({"root": "/no/such/folder", "port": "x"})
    assert {problem.setting for problem in caught.value.problems} == {"root", "port"}


def test_a_disk_that_does_not_answer_holds_the_window_for_a_moment_only(disk, site, qtbot):
    reader, awake = disk
    begin_s = time.monotonic()
    with pytest.raises(ConfigError, match="does not answer"):
        reader.read({"root": SLOW})
    assert PATIENCE_S <= time.monotonic() - begin_s < PATIENCE_S + 2
    again_s = time.monotonic()
    with pytest.raises(ConfigError, match="does not answer"):
        reader.read({"root": SLOW})  # nobody waits for the same twice
    assert time.monotonic() - again_s < PATIENCE_S
    assert reader.read({"root": str(site)}).root == site
    with qtbot.waitSignal(reader.answered, timeout=WAIT_MS):
        awake.set()
    assert reader.read({"root": SLOW}).root == site


def test_no_more_than_a_few_folders_are_waited_for(disk):
    reader, _ = disk
    for number in range(WAITING + 3):
        with pytest.raises(ConfigError, match="does not answer"):
            reader.read({"root": f"{SLOW}{number}"})
    assert sum(thread.name == "Settings check" for thread in threading.enumerate()) == WAITING


def test_the_form_takes_the_answer_when_it_comes(parts, disk, site, qtbot):
    reader, awake = disk
    form = parts.window.form
    form._reader = reader
    reader.answered.connect(form.check)
    form.set_folder(SLOW)
    assert "does not answer" in form.field("root").error
    parts.window.start()
    assert parts.window.bar.chip.text() == "Stopped"
    awake.set()
    qtbot.waitUntil(lambda: not form.field("root").error, timeout=WAIT_MS)
