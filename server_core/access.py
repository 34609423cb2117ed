"""Who is let in, as the settings say: what judges each request, and what whoever runs it should know."""

from __future__ import annotations

import stat
import sys
from typing import TYPE_CHECKING

from server_core.client_rate import RateGuard
from server_core.errors import Problem
from server_core.hosts import normalise_address
from server_core.password_guard import PasswordGuard
from server_core.sentence import Sentence

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
    found = []
    is_far_reaching = not _is_loopback(config.host)
    if config.users is not None and is_far_reaching and config.scheme == "http":
        sentence = Sentence(
            "Passwords are sent as plain text without HTTPS: whoever is on the network between can read them."
        )
        found.append(Problem("users", sentence))
    if config.users is not None and _is_read_by_others(config.users):
        sentence = Sentence(
            "The users file {file} can be read by other users of this computer: take that permission away "
            "(chmod 600).",
            file=config.users,
        )
        found.append(Problem("users", sentence))
    if config.receive_files and is_far_reaching and config.users is None and not config.allow_clients:
        sentence = Sentence(
            "Everybody who can reach this computer can send files to it: ask for a password (--users), or "
            "say who may come (--allow-client)."
        )
        found.append(Problem("receive_files", sentence))
    return found


def _is_read_by_others(file: Path) -> bool:
    """On Windows a file has the permissions of its folder, and the modes say nothing."""
    try:
        return sys.platform != "win32" and bool(file.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH))
    except OSError:
        return False


def _is_loopback(host: str) -> bool:
    name = normalise_address(host)
    return name in {"localhost", "[::1]"} or name.startswith("127.")
