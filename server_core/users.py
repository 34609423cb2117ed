"""The file of those who may come: a line ``name:$scrypt$...`` for each; others are empty or ``#`` comments.

Functions over the file for whoever edits it; :class:`Users` for whoever asks it. No password is ever in it.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from server_core.passwords import PasswordHash, check_password, normalise
from server_core.sentence import Mistake

if TYPE_CHECKING:
    from collections.abc import Mapping

# The longest name: room for an e-mail address.
NAME_CHARACTERS = 128


class Users:
    """Names and hashes, as they were in the file at one moment. Any thread."""

    def __init__(self, hashes: Mapping[str, PasswordHash]) -> None:
        self.names = tuple(hashes)
        self._hashes = hashes
        # An unknown name costs what a known one does, so that the time tells nobody which names there are.
        self._nobody = next(iter(hashes.values()), PasswordHash.of_none())

    def verify(self, name: str, password: str) -> bool:
        """Whether ``name`` is known by ``password``. Some tenths of a second; the interpreter is free
        meanwhile.
        """
        known = self._hashes.get(normalise(name))
        return (known or self._nobody).matches(password) and known is not None


def read_users(file: Path) -> Users:
    """What ``file`` holds. Raises ValueError with a sentence where it can't be read or understood."""
    hashes: dict[str, PasswordHash] = {}
    for number, line in enumerate(_lines(file), 1):
        if not _is_entry(line):
            continue
        name, _, text = line.partition(":")
        known = PasswordHash.read(text.strip())
        if not _is_name(name) or known is None:
            raise Mistake(
                "Line {number} of the users file {file} is no user: take it out; --add-user adds users.",
                number=number,
                file=file,
            )
        if name in hashes:
            raise Mistake(
                "Line {number} of the users file {file} names {name} again: take one line out.",
                number=number,
                file=file,
                name=name,
            )
        hashes[name] = known
    return Users(hashes)


def list_users(file: Path) -> tuple[str, ...]:
    """The names in ``file``, in its order; none where it does not exist yet. Raises ValueError."""
    return read_users(file).names if file.exists() else ()


def add_user(file: Path, name: str, password: str) -> bool:
    """Let ``name`` come with ``password``; False where they were known and have a new password now.

    Makes the file if need be, for its owner alone. Raises ValueError with a sentence. Takes some tenths of a
    second.
    """
    name = normalise(name)
    check_name(name)
    check_password(password)
    is_new = name not in list_users(file)
    entry = f"{name}:{PasswordHash.of(password)}"
    if is_new:
        lines = [*(_lines(file) if file.exists() else []), entry]
    else:
        lines = [entry if _names(line, name) else line for line in _lines(file)]
    _write(file, lines)
    return is_new


def remove_user(file: Path, name: str) -> None:
    """Let ``name`` come no more. Raises ValueError with a sentence, also where there is no such user."""
    name = normalise(name)
    if name not in list_users(file):
        raise Mistake("There is no user {name!r} in {file}.", name=name, file=file)
    _write(file, [line for line in _lines(file) if not _names(line, name)])


def check_name(name: str) -> None:
    """Raises ValueError with a sentence where ``name`` can't be a user's (RFC 7617 section 2)."""
    if not _is_name(normalise(name)):
        raise Mistake(
            "{name!r} can't be a user's name: write 1 to {most} characters without a colon, without spaces "
            "around them, and no # in front.",
            name=name,
            most=NAME_CHARACTERS,
        )


def _is_name(name: str) -> bool:
    return (
        0 < len(name) <= NAME_CHARACTERS
        and name.isprintable()
        and name == name.strip() == normalise(name)
        and ":" not in name
        and not name.startswith("#")
    )


def _is_entry(line: str) -> bool:
    return bool(line.strip()) and not line.startswith("#")


def _names(line: str, name: str) -> bool:
    return _is_entry(line) and line.partition(":")[0] == name


def _lines(file: Path) -> list[str]:
    try:
        # Not splitlines(), which knows ends of lines that names and comments may hold.
        lines = file.read_text(encoding="utf-8-sig").split("\n")
    except OSError as error:
        raise Mistake(
            "The users file {file} can't be read: {why}.", file=file, why=error.strerror or error
        ) from None
    except UnicodeDecodeError:
        raise Mistake("The users file {file} is not UTF-8 text: save it as UTF-8.", file=file) from None
    return lines[:-1] if lines[-1] == "" else lines


def _write(file: Path, lines: list[str]) -> None:
    """Whole or not at all, and for its owner alone, as mkstemp() makes files."""
    file = Path(os.path.realpath(file))  # a link stays one
    try:
        handle, part = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as stream:
                stream.writelines(f"{line}\n" for line in lines)
                stream.flush()
                os.fsync(stream.fileno())
            Path(part).replace(file)
        except BaseException:
            with contextlib.suppress(OSError):
                Path(part).unlink()
            raise
    except OSError as error:
        raise Mistake(
            "The users file {file} can't be written: {why}.", file=file, why=error.strerror or error
        ) from None
