"""Files that visitors send: the page at ``/upload``, and ``PUT /upload/NAME``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server_core.cors import Cors
from server_core.hosts import parse_host
from server_core.paths import file_path
from server_core.received import RENAME, ReceivedFile, Room, received_name
from server_core.refusals import Refusal
from server_core.sentence import Sentence
from server_core.upload_page import upload_page

if TYPE_CHECKING:
    from server_core.config import Config
    from server_core.messages import Request
    from server_core.paths import FilePath
    from server_core.uploads import UploadFolder


class Receiver:
    """Made where files are received. Any thread may call any method."""

    def __init__(self, folder: UploadFolder, config: Config) -> None:
        self._folder = folder
        self._max_bytes = config.max_file_bytes
        self._room = Room(folder, config.min_free_bytes)
        self._origins = frozenset(Cors(config.cors).lines)
        """Those that were named to be allowed; ``*`` lets pages read, and not send."""
        self.page = upload_page(config.max_file_bytes)

    def path(self, path: str) -> FilePath:
        """What a percent-encoded path names. Raises Refusal, which says what to do about a file's name."""
        try:
            return file_path(path)
        except Refusal as refusal:
            if refusal.code.startswith("path-") and path.startswith("/upload/"):
                raise Refusal(refusal.code, RENAME) from None
            raise

    def begin(self, request: Request, path: FilePath) -> ReceivedFile:
        """Where the body of a PUT to ``path`` goes, which begins with that of uploads. Raises Refusal before
        any of the body has to be sent.
        """
        self._check_origin(request)
        if len(path.segments) != 2 or path.is_folder:
            raise Refusal("file-name-missing")
        name = received_name(path.segments[1])
        if "if-match" in request.fields:  # nothing that was sent is ever replaced (RFC 9110 section 13.1.1)
            raise Refusal("precondition")
        if "content-range" in request.fields:
            raise Refusal("partial-content")
        if request.fields.get("content-encoding", "identity").lower() != "identity":
            raise Refusal("content-coding")
        if not request.states_length:
            raise Refusal("length-required")
        if request.content_length > self._max_bytes:
            raise Refusal("body-too-large", Sentence(" The limit is {most} bytes.", most=self._max_bytes))
        size_bytes = None if request.chunked else request.content_length
        return ReceivedFile(name, size_bytes, self._max_bytes, self._folder, self._room)

    def _check_origin(self, request: Request) -> None:
        """A browser asks before it has a page send a PUT to another origin; should it ever not, or be told
        that every origin may read here, it says for whom it asks (Fetch standard, section 3.2).
        """
        origin = request.fields.get("origin")
        if origin is None or origin in self._origins:
            return
        if parse_host(origin.partition("://")[2]) != request.host:
            raise Refusal("cross-origin")
