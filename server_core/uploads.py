"""JSON uploads: received beside the others, judged as a whole, saved whole or not at all."""

from __future__ import annotations

import contextlib
import os
import secrets
import sys
import tempfile
import time
from pathlib import Path

from server_core.errors import OUT_OF_RESOURCES, is_disk_full
from server_core.json_text import check_json
from server_core.paths import UPLOADS
from server_core.refusals import Refusal

# A body up to this size waits in memory for its end, a larger one in an unnamed temporary file that dies with
# the process. Thousands of dripping clients cost what they really sent.
IN_MEMORY_BYTES = 64 * 1024
PART_SUFFIX = ".part"
# A part lives for the milliseconds between writing and renaming. One that is an hour old was left by a
# process that was killed.
STALE_PART_S = 3600.0
_NAME_ATTEMPTS = 100


class Upload:
    """One body on its way in. Belongs to whichever worker has the connection."""

    def __init__(self, folder: UploadFolder) -> None:
        self._folder = folder
        self._body = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY_BYTES)  # noqa: SIM115 - discard() closes

    def write(self, data: bytes) -> None:
        """Take a piece of the body. Raises Refusal("disk-full") where there is no room for it."""
        try:
            self._body.write(data)
        except OSError as error:
            self.discard()
            raise refusal_for(error) from error

    def save(self) -> str:
        """Judge the body, save it, and return its name. Raises Refusal; then nothing of it is left."""
        try:
            self._body.seek(0)
            octets = self._body.read()
        finally:
            self.discard()
        check_json(octets)
        return self._folder.save(octets)

    def discard(self) -> None:
        """Forget the body. May be called again."""
        self._body.close()


class UploadFolder:
    """``uploads`` below the root. Any thread may call any method."""

    def __init__(self, root: str) -> None:
        self.folder = Path(root, UPLOADS)

    def begin(self) -> Upload:
        return Upload(self)

    def save(self, octets: bytes) -> str:
        """Write ``octets`` under a new name, which appears when they are safely on the disk, and return it.
        Raises Refusal.
        """
        part = self.folder / f".{secrets.token_hex(8)}{PART_SUFFIX}"
        try:
            self.folder.mkdir(exist_ok=True)
            self._check_folder()
            try:
                with part.open("xb") as file:
                    file.write(octets)
                    file.flush()
                    os.fsync(file.fileno())
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
                    if time.time() - part.lstat().st_mtime > STALE_PART_S:
                        part.unlink()
                        removed += 1
        return removed


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
