"""The life of a server: every state by every step."""

from __future__ import annotations

import itertools
import threading

import pytest

from server_core.lifecycle import OFFERED, TRANSITIONS, IllegalStepError, Lifecycle, State, Step

# Written out once more, by hand: rows are states, columns are steps.
TABLE = """
          prepare   serve    stop      fail    finish
stopped   starting  -        -         -       -
starting  -         running  stopping  failed  -
running   -         -        stopping  failed  -
stopping  -         -        -         failed  stopped
failed    starting  -        -         -       -
"""


def cells() -> list[tuple[State, Step, State | None]]:
    head, *rows = [line.split() for line in TABLE.strip().splitlines()]
    return [
        (State(row[0]), Step(step), None if new == "-" else State(new))
        for row in rows
        for step, new in zip(head, row[1:], strict=True)
    ]


def try_take(lifecycle: Lifecycle, step: Step) -> bool:
    try:
        lifecycle.take(step)
    except IllegalStepError:
        return False
    return True


def life_in(state: State) -> Lifecycle:
    """A server that came to ``state`` by legal steps, the fewest."""
    for length in range(5):
        for steps in itertools.product(Step, repeat=length):
            lifecycle = Lifecycle()
            if all(try_take(lifecycle, step) for step in steps) and lifecycle.state is state:
                return lifecycle
    raise AssertionError(f"{state} can't be reached")


def test_the_table_names_every_state_and_step():
    assert {(state, step) for state, step, _ in cells()} == set(itertools.product(State, Step))


@pytest.mark.parametrize(("state", "step", "new"), cells())
def test_step(state, step, new):
    assert TRANSITIONS.get((state, step)) is new
    lifecycle = life_in(state)
    if new is None:
        with pytest.raises(IllegalStepError, match=f"a server that is {state.value} can't {step.value}"):
            lifecycle.take(step)
        assert lifecycle.state is state
    else:
        assert lifecycle.take(step) is new
        assert lifecycle.state is new


def test_changes_are_told_in_order():
    told: list[State] = []
    lifecycle = Lifecycle(told.append)
    for step in (Step.PREPARE, Step.SERVE, Step.STOP, Step.FINISH):
        lifecycle.take(step)
    assert not try_take(lifecycle, Step.STOP)
    assert told == [State.STARTING, State.RUNNING, State.STOPPING, State.STOPPED]


def test_of_many_threads_one_takes_the_step():
    lifecycle = Lifecycle()
    start, taken = threading.Barrier(8), []

    def take() -> None:
        start.wait()
        taken.append(try_take(lifecycle, Step.PREPARE))

    threads = [threading.Thread(target=take) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == [False] * 7 + [True]


def test_what_is_offered_is_possible():
    needs = {"start": Step.PREPARE, "stop": Step.STOP, "restart": Step.STOP}
    for state in State:
        assert all((state, needs[offer]) in TRANSITIONS for offer in OFFERED[state])
