"""The life of a server, as one table.

``prepare`` binds and may fail; ``serve`` runs until ``stop``. A server has one life: what has stopped or
failed is started again as another one, which a window shows in the same states. The window's buttons read
:data:`OFFERED`, so what may be pressed and what may happen can't drift apart.
"""

from __future__ import annotations

import enum
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class State(enum.Enum):
    STOPPED = "stopped"
    STARTING = "starting"
    RUNNING = "running"
    STOPPING = "stopping"
    FAILED = "failed"


class Step(enum.Enum):
    PREPARE = "prepare"
    SERVE = "serve"
    STOP = "stop"
    FAIL = "fail"
    FINISH = "finish"


TRANSITIONS: dict[tuple[State, Step], State] = {
    (State.STOPPED, Step.PREPARE): State.STARTING,
    (State.FAILED, Step.PREPARE): State.STARTING,
    (State.STARTING, Step.SERVE): State.RUNNING,
    (State.STARTING, Step.FAIL): State.FAILED,
    (State.STARTING, Step.STOP): State.STOPPING,
    (State.RUNNING, Step.STOP): State.STOPPING,
    (State.RUNNING, Step.FAIL): State.FAILED,
    (State.STOPPING, Step.FINISH): State.STOPPED,
    (State.STOPPING, Step.FAIL): State.FAILED,
}

# What a person may ask for in each state.
OFFERED: dict[State, frozenset[str]] = {
    State.STOPPED: frozenset({"start"}),
    State.STARTING: frozenset({"stop"}),
    State.RUNNING: frozenset({"stop", "restart"}),
    State.STOPPING: frozenset(),
    State.FAILED: frozenset({"start"}),
}


class IllegalStepError(Exception):
    """A step that the table does not allow in the current state."""


class Lifecycle:
    """The current state. Every method may be called from any thread; ``on_change`` is called in the thread
    that took the step.
    """

    def __init__(self, on_change: Callable[[State], None] | None = None) -> None:
        self._state = State.STOPPED
        self._lock = threading.Lock()
        self._on_change = on_change

    @property
    def state(self) -> State:
        return self._state

    def take(self, step: Step) -> State:
        """Take ``step`` and return the new state; raises :class:`IllegalStepError` where the table has no
        such move.
        """
        with self._lock:
            new = TRANSITIONS.get((self._state, step))
            if new is None:
                raise IllegalStepError(f"a server that is {self._state.value} can't {step.value}")
            self._state = new
        if self._on_change is not None:
            self._on_change(new)
        return new
