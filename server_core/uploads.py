"""JSON uploads: judged as they arrive, saved whole or not at all."""

from __future__ import annotations

import contextlib
import secrets
import shutil
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import IO, TYPE_CHECKING

from server_core.json_text import JsonText
from server_core.parts import Part, refusal_for, sweep
from server_core.paths import UPLOADS
from server_core.refusals import Refusal
from server_core.sentence import Sentence

if TYPE_CHECKING:
    from collections.abc import Iterator

# A body up to this size waits in memory for its end, a larger one in an unnamed temporary file that dies with
# the process. Thousands of dripping clients cost what they really sent.
IN_MEMORY_BYTES = 64 * 1024
# What all such files may hold at once, in a folder that is often memory itself. It is 51 uploads of the
# default limit, and one at least of any: whoever comes then is told to come back, but for those that fit into
# memory.
UNFINISHED_BYTES = 512 * 1024 * 1024
_NAME_ATTEMPTS = 100


class Upload:
    """One body of JSON on its way in. Belongs to whichever worker has the connection."""

    def __init__(self, folder: UploadFolder, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        """How large the body may be."""
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

    def begin(self, max_bytes: int = sys.maxsize) -> Upload:
        return Upload(self, max_bytes)

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
        try:
            part = self.part()
            try:
                shutil.copyfileobj(body, part)
                return part.publish(_new_names())
            finally:
                part.discard()
        except OSError as error:
            raise refusal_for(error) from error

    def part(self) -> Part:
        """A new file in the folder, which has no name yet. Raises OSError, Refusal."""
        self.folder.mkdir(exist_ok=True)
        # A link in the place of the folder could lead anywhere: what is uploaded stays below the root.
        # Compares without case on Windows.
        if self.folder.resolve() != self.folder.parent.resolve() / UPLOADS:
            raise Refusal("not-saved", Sentence(" It is a link to somewhere else."))
        return Part(self.folder)

    def sweep(self) -> int:
        """Remove what killed processes left half-written; how many there were."""
        return sweep(self.folder)


def _new_names() -> Iterator[str]:
    for _ in range(_NAME_ATTEMPTS):
        yield f"upload_{time.strftime('%Y%m%d_%H%M%S')}_{secrets.token_hex(4)}.json"
