"""JSON uploads: judged as they arrive, saved whole or not at all."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import stat
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import IO

from server_core.errors import OUT_OF_RESOURCES, is_disk_full
from server_core.json_text import JsonText
from server_core.paths import UPLOADS
from server_core.refusals import Refusal

# A body up to this size waits in memory for its end, a larger one in an unnamed temporary file that dies with
# the process. Thousands of dripping clients cost what they really sent.
IN_MEMORY_BYTES = 64 * 1024
# What all such files may hold at once, in a folder that is often memory itself. It is 51 uploads of the
# default limit, and one at least of any: whoever comes then is told to come back, but for those that fit into
# memory.
UNFINISHED_BYTES = 512 * 1024 * 1024
PART_SUFFIX = ".part"
_NAME_ATTEMPTS = 100


class Upload:
    """One body on its way in. Belongs to whichever worker has the connection."""

    def __init__(self, folder: UploadFolder) -> None:
        self._folder = folder
        self._body = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY_BYTES)  # noqa: SIM115 - discard() closes
        self._size_bytes = 0
        self._claimed_bytes = 0
        self._text = JsonText()
        self._fault: tuple[str, str] | None = None
        """What is wrong with the text, as code and detail of a Refusal: told when all of it has arrived,
        which keeps the connection. Not as a Refusal, whose traceback leads back here: such a cycle would
        keep the body and the connection until the collector comes.
        """

    def write(self, data: bytes) -> None:
        """Take a piece of the body. Raises Refusal where there is no room for it."""
        if self._fault is not None:
            return
        try:
            self._text.feed(data)
        except Refusal as fault:
            self._fault = fault.code, fault.detail
            self.discard()
            return
        self._claim(len(data))
        try:
            self._body.write(data)
        except OSError as error:
            self.discard()
            raise refusal_for(error) from error

    def _claim(self, more_bytes: int) -> None:
        self._size_bytes += more_bytes
        if self._size_bytes > IN_MEMORY_BYTES:
            self._folder.claim(self._size_bytes - self._claimed_bytes)
            self._claimed_bytes = self._size_bytes

    def save(self) -> str:
        """Save the body and return its name. Raises Refusal; then nothing of it is left."""
        try:
            if self._fault is not None:
                raise Refusal(*self._fault)
            self._text.end()
            self._body.seek(0)
            return self._folder.save(self._body)
        finally:
            self.discard()

    def discard(self) -> None:
        """Forget the body. May be called again."""
        with contextlib.suppress(OSError):  # no room either for what is still in a buffer
            self._body.close()
        self._folder.claim(-self._claimed_bytes)
        self._claimed_bytes = 0


class UploadFolder:
    """``uploads`` below the root. Any thread may call any method."""

    def __init__(self, root: str, unfinished_bytes: int = UNFINISHED_BYTES) -> None:
        """``unfinished_bytes``: what uploads on their way in may take of the disk together."""
        self.folder = Path(root, UPLOADS)
        self._unfinished_bytes = unfinished_bytes
        self._claimed_bytes = 0
        self._claiming = threading.Lock()

    def begin(self) -> Upload:
        return Upload(self)

    def claim(self, more_bytes: int) -> None:
        """Take so much room on the disk; a negative number gives it back. Raises Refusal, never for those."""
        with self._claiming:
            if more_bytes > 0 and self._claimed_bytes + more_bytes > self._unfinished_bytes:
                raise Refusal("too-many-uploads")
            self._claimed_bytes += more_bytes

    def save(self, body: IO[bytes]) -> str:
        """Write ``body``, from where it stands on, under a new name, which appears when all is safely on the
        disk, and return that. Raises Refusal.
        """
        part = self.folder / f".{secrets.token_hex(8)}{PART_SUFFIX}"
        try:
            self.folder.mkdir(exist_ok=True)
            self._check_folder()
            try:
                with part.open("xb") as file:
                    _hold(file)
                    shutil.copyfileobj(body, file)
                    file.flush()
                    os.fsync(file.fileno())
                    if sys.platform == "win32":
                        file.close()  # no open file is renamed there
                    return self._publish(part)
            finally:
                part.unlink(missing_ok=True)
        except OSError as error:
            raise refusal_for(error) from error

    def _check_folder(self) -> None:
        """A link in the place of the folder could lead anywhere: what is uploaded stays below the root."""
        if (
            self.folder.resolve() != self.folder.parent.resolve() / UPLOADS
        ):  # compares without case on Windows
            raise Refusal("not-saved", " It is a link to somewhere else.")

    def _publish(self, part: Path) -> str:
        for _ in range(_NAME_ATTEMPTS):
            name = f"upload_{time.strftime('%Y%m%d_%H%M%S')}_{secrets.token_hex(4)}.json"
            with contextlib.suppress(FileExistsError):
                _rename_exclusively(part, self.folder / name)
                return name
        raise Refusal("not-saved", " No free name was found.")

    def sweep(self) -> int:
        """Remove the parts that killed processes left behind; how many there were. Never raises OSError."""
        removed = 0
        with contextlib.suppress(OSError):
            for part in self.folder.glob(f".*{PART_SUFFIX}"):
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


def _rename_exclusively(part: Path, name: Path) -> None:
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
            # FAT and some network file systems have no hard links: then what is left to chance is that two
            # programs draw the same 32 random bits in the same second.
            if name.exists():
                raise FileExistsError(name) from None
            part.rename(name)


def refusal_for(error: OSError) -> Refusal:
    """What the client is told when saving fails."""
    if is_disk_full(error):
        return Refusal("disk-full")
    if error.errno in OUT_OF_RESOURCES:
        return Refusal("out-of-resources")
    return Refusal("not-saved", f" The system says: {error.strerror}." if error.strerror else "")
