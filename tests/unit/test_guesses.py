"""Wrong passwords, on a clock that the test sets."""

from __future__ import annotations

from server_core import guesses
from server_core.guesses import FREE_GUESSES, LONGEST_PAUSE_S, MEMORY_S, Guesses

ANN, BOB = b"ann", b"bob"


def guess(book: Guesses, count: int, now_s: float, key: bytes = ANN, start: int = 0) -> None:
    for number in range(start, start + count):
        book.add(key, b"%d" % number, now_s)


def test_some_mistakes_are_free():
    book = Guesses()
    assert book.pause_s(ANN, 0.0) == 0.0
    guess(book, FREE_GUESSES - 1, 0.0)
    assert book.pause_s(ANN, 0.0) == 0.0
    guess(book, 1, 0.0, start=FREE_GUESSES)
    assert book.pause_s(ANN, 0.0) == 1.0
    assert book.pause_s(ANN, 0.75) == 0.25
    assert book.pause_s(ANN, 1.0) == 0.0
    assert book.pause_s(BOB, 0.0) == 0.0


def test_each_further_one_doubles_the_pause_up_to_a_bound():
    book, now_s, pauses = Guesses(), 0.0, []
    guess(book, FREE_GUESSES - 1, now_s)
    for number in range(200):
        guess(book, 1, now_s, start=1000 + number)
        pauses.append(book.pause_s(ANN, now_s))
        now_s += pauses[-1]
    assert pauses[:11] == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900]
    assert set(pauses[10:]) == {LONGEST_PAUSE_S}


def test_a_day_has_no_more_than_the_guesses_that_the_table_promises():
    book, now_s, count = Guesses(), 0.0, 0
    while now_s < 86_400.0:
        guess(book, 1, now_s, start=count)
        count += 1
        now_s += book.pause_s(ANN, now_s)
    assert count <= 115


def test_they_are_forgotten_after_a_while():
    book = Guesses()
    guess(book, FREE_GUESSES, 0.0)
    guess(book, 1, MEMORY_S + 1.0, start=50)
    assert book.pause_s(ANN, MEMORY_S + 1.0) == 0.0
    assert not book.is_known(ANN, b"0")


def test_a_guess_made_again_is_known_of_that_client_alone():
    book = Guesses()
    guess(book, 3, 0.0)
    assert book.is_known(ANN, b"2")
    assert not book.is_known(ANN, b"3")
    assert not book.is_known(BOB, b"2")
    guess(book, 100, 0.0, start=10)
    assert not book.is_known(ANN, b"2")
    assert book.is_known(ANN, b"109")


def test_no_more_clients_are_remembered_than_there_is_room_for(monkeypatch):
    monkeypatch.setattr(guesses, "GUESSERS", 10)
    book = Guesses()
    guess(book, FREE_GUESSES, 0.0, BOB)
    for number in range(9):
        book.add(b"%d" % number, b"x", 0.0)
    assert book.pause_s(BOB, 0.0) > 0.0
    for number in range(100):
        book.add(b"%d" % number, b"x", 0.0)
        assert len(book) <= 10
    assert book.pause_s(BOB, 0.0) == 0.0
