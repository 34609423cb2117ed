"""Who is let in, as the settings say: what judges each request, and what whoever runs it should know."""

from __future__ import annotations

import stat
import sys
from typing import TYPE_CHECKING

from server_core.client_rate import RateGuard
from server_core.errors import Problem
from server_core.hosts import normalise_address
from server_core.password_guard import PasswordGuard

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

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
    if config.users is None:
        return []
    sentences = []
    if config.scheme == "http" and not _is_loopback(config.host):
        sentences.append(
            "Passwords are sent as plain text without HTTPS: whoever is on the network between can read them."
        )
    if _is_read_by_others(config.users):
        sentences.append(
            f"The users file {config.users} can be read by other users of this computer: "
            "take that permission away (chmod 600)."
        )
    return [Problem("users", sentence) for sentence in sentences]


def _is_read_by_others(file: Path) -> bool:
    """On Windows a file has the permissions of its folder, and the modes say nothing."""
    try:
        return sys.platform != "win32" and bool(file.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH))
    except OSError:
        return False


def _is_loopback(host: str) -> bool:
    name = normalise_address(host)
    return name in {"localhost", "[::1]"} or name.startswith("127.")
