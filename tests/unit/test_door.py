"""Who is inside, whatever the order in which they come and go."""

from __future__ import annotations

from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from server_core.config import Config
from server_core.door import Door

CLIENTS = ("192.0.2.1", "192.0.2.2", "[2001:db8::1]", "[2001:db8::2]", "10.1.1.1")
MOST = 2


class Caller(NamedTuple):
    """What a door knows of a connection."""

    fd: int
    client: str


def test_without_settings_there_is_no_door():
    assert Door.for_config(Config()) is None


def test_networks_alone_count_nobody_out():
    door = Door.for_config(Config(deny_clients=("10.0.0.0/8",)))
    assert door is not None
    assert [door.enter(Caller(fd, "192.0.2.1:1")) for fd in range(1000)] == [""] * 1000


@given(st.lists(st.sampled_from(CLIENTS) | st.integers(0, 20), max_size=100))
def test_it_counts_those_who_are_inside_and_forgets_who_left(steps):
    """A client comes, or the one who came that many steps ago leaves; compared with counting all each time."""
    door = Door(Config(deny_clients=("10.0.0.0/8",), max_client_connections=MOST))
    inside: list[tuple[Caller, str]] = []
    for fd, step in enumerate(steps):
        if isinstance(step, int):
            if step < len(inside):
                door.leave(inside.pop(step)[0])
            continue
        caller = Caller(fd, f"{step}:{fd + 1}")
        household = "2001" if "2001" in step else step
        count = sum(household in other.client for other, code in inside if not code)
        code = "client-not-allowed" if step == "10.1.1.1" else "client-connections" if count >= MOST else ""
        assert door.enter(caller) == code
        inside.append((caller, code))
    for caller, _ in inside:
        door.leave(caller)
    assert door.is_empty
