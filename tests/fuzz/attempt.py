"""A call whose refusal is a result."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from server_core.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable


def attempt(function: Callable[..., Any], *arguments: object, error: type[Exception] = Refusal) -> Any:
    """What comes out: the result, or the ``error`` that was raised."""
    try:
        return function(*arguments)
    except error as raised:
        return raised
