"""Who is let in, as the settings say: what judges each request, and what whoever runs it should know."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server_core.client_rate import RateGuard
from server_core.errors import Problem
from server_core.hosts import normalise_address
from server_core.password_guard import PasswordGuard

if TYPE_CHECKING:
    from collections.abc import Callable

    from server_core.config import Config
    from server_core.handlers import Guard


def access_guards(config: Config, log: Callable[[str, str, str], None]) -> tuple[Guard, ...]:
    """The guards of the handler, in the order in which they are asked: the cheap one first.

    ``log`` takes level, kind and message.
    """
    guards: tuple[Guard, ...] = ()
    if config.max_client_rate:
        guards += (RateGuard(config.max_client_rate),)
    if config.users is not None:
        guards += (PasswordGuard(config.users, config.threads, log),)
    return guards


def warnings(config: Config) -> list[Problem]:
    """What is not wrong, and should be known all the same: settings, and a sentence for each."""
    if config.users is not None and config.scheme == "http" and not _is_loopback(config.host):
        sentence = (
            "Passwords are sent as plain text without HTTPS: whoever is on the network between can read them."
        )
        return [Problem("users", sentence)]
    return []


def _is_loopback(host: str) -> bool:
    name = normalise_address(host)
    return name in {"localhost", "[::1]"} or name.startswith("127.")
