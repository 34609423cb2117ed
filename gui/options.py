"""The command line of the window. Without Qt."""

from __future__ import annotations

import argparse
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from gui.server_texts import NOT_IN_WINDOW
from server_core.config import SETTINGS
from server_core.settings import Group
from server_core.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Sequence

    from server_core.settings import Setting

PRESETS = tuple(setting for setting in SETTINGS if setting.name not in NOT_IN_WINDOW)
STANDARD_OUTPUT = Path("-")


class UsageError(Exception):
    """Wrong arguments; the message is one sentence."""


@dataclass(frozen=True)
class Options:
    presets: dict[str, str] = field(default_factory=dict)
    """Texts by attribute name of :class:`server_core.config.Config`, each one readable."""
    start: bool = False
    tray: bool = False
    self_test: Path | None = None
    """Where the self-test's result goes; ``-`` is standard output; None: no self-test."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message[:1].upper()}{message[1:]}. See --help.")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="spindle",
        description="Opens the window of Spindle. What is given here presets its fields.",
        allow_abbrev=False,
    )
    for group in Group:
        heading = parser.add_argument_group(group.value)
        for setting in PRESETS:
            if setting.group is group:
                _add(heading, setting)
    parser.add_argument("--start", action="store_true", help="start serving at once")
    parser.add_argument("--tray", action="store_true", help="show no window but an icon in the tray")
    parser.add_argument(
        "--self-test",
        nargs="?",
        type=Path,
        const=STANDARD_OUTPUT,
        metavar="FILE",
        help="start on a free port, serve, stop, write the result as JSON to FILE or to standard output",
    )
    parser.add_argument("--version", action="version", version=f"Spindle {VERSION}")
    return parser


def _add(parser: argparse._ArgumentGroup, setting: Setting) -> None:
    text = setting.help.replace("%", "%%")
    if not setting.metavar:
        parser.add_argument(
            f"--{setting.option}", dest=setting.name, action="store_const", const="yes", help=text
        )
    else:
        action = "append" if setting.repeatable else "store"
        parser.add_argument(
            f"--{setting.option}", dest=setting.name, metavar=setting.metavar, help=text, action=action
        )


def parse(arguments: Sequence[str]) -> Options:
    """The options; raises :class:`UsageError` where an argument is unknown or its value is wrong."""
    given: dict[str, Any] = vars(_parser().parse_args(arguments))
    presets = {}
    for setting in PRESETS:
        if given.get(setting.name) is None:
            continue
        value = given[setting.name]
        text = setting.separator.join(value) if setting.repeatable else value
        try:
            setting.read(text)
        except ValueError as error:
            raise UsageError(f"--{setting.option}: {error}") from None
        presets[setting.name] = text
    return Options(presets, given["start"], given["tray"], given["self_test"])
