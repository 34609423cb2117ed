"""That the soak finds what it looks for: each promise is seen to be kept, and seen to be broken."""

from __future__ import annotations

import io
import json
import sys
import threading
from collections import Counter
from types import SimpleNamespace
from xml.etree import ElementTree as ET

import pytest

from soak import report, site
from soak.audit import Audit
from soak.chaos import Chaos
from soak.chart import MOST_POINTS, STRIPS, chart
from soak.experiments import EXPERIMENTS, Lab, attempt
from soak.experiments.lab import Experiment, NotHereError
from soak.gauges import Sample, thinned
from soak.promises import PROMISES
from soak.repeater import Repeater
from soak.report import Outcome
from soak.setups import SETUPS
from soak.tally import Tally, add_up, source_of
from soak.target import Target, basic

WHOLE = site.parcel("guest-1", 500)


@pytest.mark.parametrize("size", [60, 61, 1_000, 70_000])
def test_a_parcel_tells_that_it_is_whole(size):
    parcel = site.parcel("guest-11-1234", size)
    assert len(parcel) == size
    assert json.loads(parcel)["parcel"] == "guest-11-1234"
    assert site.parcel_name(parcel) == "guest-11-1234"


@pytest.mark.parametrize(
    "torn",
    [
        b"",
        WHOLE[:-1],
        WHOLE[:200],
        WHOLE + b" ",
        WHOLE[1:],
        WHOLE[:100] + bytes(1) + WHOLE[101:],
        WHOLE.replace(b"guest-1", b"guest-2"),
    ],
)
def test_a_torn_parcel_is_none(torn):
    assert site.parcel_name(torn) == ""


def test_editions_differ_and_know_their_number():
    assert [site.edition_number(site.edition(number)) for number in range(5)] == list(range(5))
    assert site.edition_number(site.edition(3)[:-1]) == -1
    assert site.edition_number(site.edition(3)[:300] + site.edition(4)[300:]) == -1


def test_editions_are_counted_and_known_by_their_age():
    reached = threading.Event()
    made: list[int] = []

    def replace(number: int) -> None:
        made.append(number)
        if number == 3:
            reached.set()

    with Repeater(0.001, replace) as repeater:
        assert reached.wait(20)
    assert made == list(range(1, repeater.done + 1))
    assert repeater.begun == repeater.done == repeater.done_before(0.0)
    assert repeater.done_before(3_600.0) == 0


def test_a_target_travels_and_brings_its_password():
    target = Target(8443, "folder", "ann:correct horse")
    assert Target.from_json(target.to_json()) == target
    assert basic(target.login) == ("Authorization: Basic YW5uOmNvcnJlY3QgaG9yc2U=",)
    assert basic("") == ()


def test_tallies_add_up_and_travel():
    one, two = Tally(), Tally()
    one.hear("guest", 200, 10)
    two.hear("guest", 200, 5)
    two.hear("offender", 403, 7)
    two.wrong.append("a sentence")
    total = Tally.from_json(add_up([one, two]).to_json())
    assert total.heard_by("guest") == {200: 2}
    assert total.heard_by("offender") == {403: 1}
    assert total.heard_bytes == {"guest": 15, "offender": 7}
    assert total.wrong == ["a sentence"]


def record(client: str = "", status: int = 0, sent_bytes: int = 0, **others) -> dict:
    return {
        "level": "info",
        "message": "",
        "reason": "",
        "client": client,
        "status": status,
        "sent_bytes": sent_bytes,
        **others,
    }


RECORDS = [
    record(f"{source_of('guest', 7)}:50000", 200, 100),
    record(f"{source_of('guest', 251)}:50001", 404, 20, reason="not-found"),
    record(f"{source_of('wrecker', 0)}:50002", 200, 10, reason="cut"),
    record(message="3 log lines were dropped, 3 in all", level="warning"),
    record(f"{source_of('stranger', 1)}:50003", reason="client-not-allowed", level="warning"),
    record(
        message="answered 3 requests with 130 bytes of content: 2 2xx, 0 3xx, 1 4xx, 0 5xx; "
        "refused 1 connections without an answer"
    ),
    record(message="stopped; 0 requests in flight were cut"),
]


def audited(*records: dict, tail: bytes = b"") -> Audit:
    audit = Audit(io.BytesIO("".join(json.dumps(each) + "\n" for each in records).encode() + tail))
    audit.join(10)
    return audit


def test_the_audit_reads_who_asked_and_what_was_said():
    audit = audited(*RECORDS)
    assert audit.by("guest") == {200: 1, 404: 1}
    assert audit.content_bytes == {"guest": 120, "wrecker": 10}
    assert audit.cut == {"wrecker": 1, "guest": 0}
    assert (audit.requests, audit.dropped, audit.cut_at_stop) == (3, 3, 0)
    assert audit.dismissed == {"stranger": 1}
    assert audit.reasons == {"not-found": 1, "cut": 1, "client-not-allowed": 1}
    assert audit.totals == (3, 130, (2, 0, 1, 0), 1)
    assert audit.errors == []


def test_a_server_that_answered_everyone_says_nothing_of_others():
    audit = audited(record(message="answered 0 requests with 0 bytes of content: 0 2xx, 0 3xx, 0 4xx, 0 5xx"))
    assert audit.totals == (0, 0, (0, 0, 0, 0), 0)


def test_the_audit_keeps_what_went_wrong():
    audit = audited(record(level="error", message="Traceback"), tail=b'{"half": \n')
    assert audit.errors == ["Traceback", "no record: b'{\"half\": \\n'"]


def sample(at_s: float, **others: float) -> Sample:
    return Sample(at_s, 50.0, 8, 12, 0.1, 100.0, 1.0, 2.0)._replace(**others)


def kept() -> Chaos:
    """A run in which every promise was kept."""
    chaos = Chaos(audited(*(each for each in RECORDS if "dropped" not in each["message"])))
    chaos.tally.heard = Counter({"guest 200": 1, "guest 404": 1})
    chaos.tally.heard_bytes = Counter(guest=120)
    chaos.tally.asked = Counter(guest=2, wrecker=1)
    chaos.tally.dismissed = Counter(stranger=1)
    chaos.tally.parcels = 1
    chaos.quiet = [sample(0), sample(0)]
    chaos.samples = [sample(float(second)) for second in range(800)]
    chaos.probes_ms = [1.0] * 100
    chaos.exit_status = 0
    return chaos


def grow(chaos: Chaos) -> None:
    chaos.samples[600:] = [each._replace(memory_mib=60.0) for each in chaos.samples[600:]]


BREACHES = {
    "No answer is wrong": lambda chaos: chaos.tally.wrong.append("another octet"),
    "No upload is lost or torn": lambda chaos: chaos.torn.append("upload_1.json"),
    "Every answer is on record": lambda chaos: chaos.tally.hear("guest", 200, 0),
    "Nothing is on record that was not asked": lambda chaos: chaos.tally.asked.clear(),
    "The bytes add up": lambda chaos: chaos.tally.heard_bytes.update(guest=1),
    "The server's own counters add up": lambda chaos: chaos.audit.recorded.update({("guest", 200): 1}),
    "The log keeps up": lambda chaos: setattr(chaos.audit, "dropped", 1),
    "Nothing fails inside": lambda chaos: chaos.audit.errors.append("Traceback"),
    "Memory is flat": grow,
    "Descriptors come back": lambda chaos: chaos.quiet.append(chaos.quiet.pop()._replace(descriptors=9)),
    "Threads stay as many": lambda chaos: chaos.samples.append(sample(800, threads=11)),
    "Idle costs nothing": lambda chaos: chaos.quiet.append(chaos.quiet.pop()._replace(cpu_percent=5)),
    "Nobody waits for long": lambda chaos: chaos.probes_ms.append(19_000.0),
    "It stops cleanly": lambda chaos: setattr(chaos.audit, "cut_at_stop", 1),
}


def test_every_promise_is_known_to_be_breakable():
    assert list(BREACHES) == [promise.name for promise in PROMISES]


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.name)
def test_a_kept_promise_passes_and_a_broken_one_does_not(promise):
    assert promise.judge(kept()).fault == ""
    chaos = kept()
    BREACHES[promise.name](chaos)
    assert promise.judge(chaos).fault != ""


@pytest.mark.parametrize(
    ("promise", "breach"),
    [
        ("Every answer is on record", lambda chaos: chaos.tally.dismissed.update(guest=1)),
        ("Every answer is on record", lambda chaos: chaos.audit.dismissed.update(guest=1)),
        ("The server's own counters add up", lambda chaos: chaos.audit.dismissed.update(wrecker=1)),
    ],
)
def test_who_is_refused_without_an_answer_is_counted_too(promise, breach):
    chaos = kept()
    breach(chaos)
    (judge,) = (each.judge for each in PROMISES if each.name == promise)
    assert judge(chaos).fault != ""


def test_a_password_is_checked_in_one_thread_more_and_not_two():
    (judge,) = (each.judge for each in PROMISES if each.name == "Threads stay as many")
    chaos = kept()
    chaos.passing_threads = SETUPS["website"].passing_threads
    chaos.samples.append(sample(800, threads=13))
    assert judge(chaos).fault == ""
    chaos.samples.append(sample(801, threads=14))
    assert judge(chaos).fault != ""


def test_nobody_answered_is_no_success():
    chaos = kept()
    chaos.tally.heard.clear()
    assert PROMISES[0].judge(chaos).fault == "nobody was answered"


def test_readings_are_thinned_and_the_longest_wait_stays():
    samples = [sample(float(second), longest_ms=900.0 if second == 501 else 1.0) for second in range(1_001)]
    few = thinned(samples, 100)
    assert len(few) <= 100
    assert max(each.longest_ms for each in few) == 900.0


def test_the_chart_is_a_picture_with_a_strip_for_each_reading():
    root = ET.fromstring(chart([sample(float(second)) for second in range(3_600)]))
    lines = root.findall("{http://www.w3.org/2000/svg}polyline")
    assert len(lines) == len(STRIPS) + 1  # one has two
    assert all(len(line.attrib["points"].split()) <= MOST_POINTS for line in lines)


def test_the_page_names_every_promise_and_the_length_of_the_run(tmp_path):
    options = SimpleNamespace(
        seed=1, guests=2, vandals=3, results=tmp_path, python=sys.executable, setup="website"
    )
    outcomes = [Outcome(promise.name, promise.how, *promise.judge(kept())) for promise in PROMISES]
    faults = [
        Outcome("A fault", "so", "not here", tried=False),
        Outcome("Another", "so", "broken", "torn | lost"),
    ]
    files = report.write("a-python", options, kept(), outcomes, faults)
    assert {file.suffix for file in files} == {".md", ".svg", ".json"}
    page = (tmp_path / "a-python.md").read_text("utf-8")
    assert SETUPS["website"].sentence in page
    assert "## 13 minutes of chaos" in page
    assert "| A fault | so | not here | SKIP |" in page
    assert "| Another | so | broken; torn / lost | FAIL |" in page
    assert all(f"| {promise.name} | " in page for promise in PROMISES)


@pytest.mark.parametrize(
    ("play", "word", "figure"),
    [
        (lambda _lab: "twice", "PASS", "twice"),
        (lambda _lab: 1 / 0, "FAIL", "broken"),
        (lambda lab: lab.refuse(), "SKIP", "no such thing here"),
    ],
)
def test_an_experiment_passes_fails_or_says_why_it_can_not_be_tried(tmp_path, play, word, figure):
    class Elsewhere(Lab):
        def refuse(self) -> None:
            raise NotHereError("no such thing here")

    outcome = attempt(Experiment("It holds", "by trying", play), Elsewhere("python", tmp_path, is_short=True))
    assert (outcome.word, outcome.figure) == (word, figure)


def test_every_row_and_experiment_has_a_weight_or_a_promise():
    for setup in SETUPS.values():
        assert all(row.weight > 0 for row in (*setup.guests.values(), *setup.vandals.values()))
        assert not set(setup.guests) & set(setup.vandals)
    assert all(each.promise and each.how for each in EXPERIMENTS.values())
