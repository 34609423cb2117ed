"""Files on their way to a name: written under a hidden one, which becomes the final name when all is on the
disk, so that a file is whole or absent whatever happens meanwhile.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
import sys
import threading
from typing import IO, TYPE_CHECKING

from server_core.errors import OUT_OF_RESOURCES, is_disk_full
from server_core.refusals import Refusal
from server_core.sentence import Sentence

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

PART_SUFFIX = ".part"


class Part:
    """A hidden file in ``folder``. Belongs to whoever made it, who has to discard it in the end, also when it
    has its name. All but ``discard`` raise OSError.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._path = folder / f".{secrets.token_hex(8)}{PART_SUFFIX}"
        self._file = self._path.open("xb")
        _hold(self._file)

    def write(self, data: bytes) -> None:
        self._file.write(data)

    def flush(self) -> None:
        """Return when all that was written is on the disk."""
        self._file.flush()
        os.fsync(self._file.fileno())

    def publish(self, names: Iterable[str]) -> str:
        """Take the first of ``names`` that is free, and return it. Raises Refusal where none is."""
        self.flush()
        if sys.platform == "win32":
            self._file.close()  # no open file is renamed there
        for name in names:
            with contextlib.suppress(FileExistsError):
                rename_exclusively(self._path, self._folder / name)
                return name
        raise Refusal("not-saved", Sentence(" No free name was found."))

    def discard(self) -> None:
        """Take the hidden name away, and with it all that has no other. May be called again."""
        with contextlib.suppress(OSError):  # no room either for what is still in a buffer
            self._file.close()
        with contextlib.suppress(OSError):  # what can't be removed is swept at the next start
            self._path.unlink(missing_ok=True)


def sweep(folder: Path) -> int:
    """Remove the parts that killed processes left behind; how many there were. Never raises OSError."""
    removed = 0
    with contextlib.suppress(OSError):
        for part in folder.glob(f".*{PART_SUFFIX}"):
            with contextlib.suppress(OSError):
                if stat.S_ISREG(part.lstat().st_mode):
                    _remove_unless_held(part)
                    removed += 1
    return removed


if sys.platform == "win32":

    def _hold(file: IO[bytes]) -> None:
        """Windows removes no file that a process has open."""

    def _remove_unless_held(part: Path) -> None:
        part.unlink()

else:
    import fcntl

    def _hold(file: IO[bytes]) -> None:
        """Mark a part as that of a living process: the lock goes with the process, however it ends."""
        with contextlib.suppress(OSError):  # some network file systems have no locks
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _remove_unless_held(part: Path) -> None:
        """Raises BlockingIOError where the part is held."""
        with part.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            part.unlink()


_renaming = threading.Lock()


def rename_exclusively(part: Path, name: Path) -> None:
    """Give ``part`` its final name unless that is taken (FileExistsError). On POSIX rename() would replace;
    a hard link does not.
    """
    if sys.platform == "win32":
        part.rename(name)
    else:
        try:
            os.link(part, name)
        except FileExistsError:
            raise
        except OSError:
            # FAT and some network file systems have no hard links: there only this server's own threads keep
            # out of each other's way.
            with _renaming:
                if os.path.lexists(name):
                    raise FileExistsError(name) from None
                part.rename(name)


def refusal_for(error: OSError) -> Refusal:
    """What the client is told when saving fails."""
    if is_disk_full(error):
        return Refusal("disk-full")
    if error.errno in OUT_OF_RESOURCES:
        return Refusal("out-of-resources")
    return Refusal(
        "not-saved", Sentence(" The system says: {why}.", why=error.strerror) if error.strerror else ""
    )
