"""What is done with a request: host, path, method, then the file or the upload. The order of the checks is
the order of SPEC's refusals.
"""

from __future__ import annotations

import json
import os
import time
from typing import TYPE_CHECKING
from urllib.parse import quote

from server_core import mime
from server_core.answers import Answer, attachment, refusal_answer
from server_core.conditions import is_not_modified, requested_span
from server_core.content_type import is_json
from server_core.dates import http_date
from server_core.files import File, Folder, Root
from server_core.paths import UPLOADS, FilePath, file_path
from server_core.refusals import Refusal
from server_core.reply import Replies, Reply
from server_core.uploads import UNFINISHED_BYTES, Upload, UploadFolder

if TYPE_CHECKING:
    from collections.abc import Callable

    from server_core.hosts import HostPolicy
    from server_core.messages import Request

UPLOAD_PATH = FilePath(("upload",), is_folder=False)
INDEX = "index.html"


class Handler:
    """Answers requests for one root under one host policy. Any thread may call any method."""

    def __init__(self, root: Root, hosts: HostPolicy, max_body_bytes: int) -> None:
        self._root = root
        self.hosts = hosts
        """Replaced whole, by one write, to allow more."""
        self._max_body_bytes = max_body_bytes
        self._replies = Replies()
        self._uploads = UploadFolder(root.folder, max(UNFINISHED_BYTES, max_body_bytes))

    def begin(self, request: Request, local_address: Callable[[], str]) -> Answer | Upload:
        """The answer, or for an upload where its body goes. ``local_address`` tells to which address the
        client connected.

        Raises Refusal.
        """
        reply = request.reply
        if reply is not None and reply.file.is_current() and reply.serves(local_address):
            return reply.answer
        via = self._check_host(request, local_address)
        if request.method == "GET":
            return self._get(request, via)
        path = file_path(request.path) if request.path else None  # OPTIONS * and CONNECT name none
        if request.method == "POST" and path is not None:
            return self._post(request, path)
        raise self._method_refusal(path)

    def open(self, request: Request, answer: Answer) -> tuple[Answer, int]:
        """The descriptor of the answer's file; where that was replaced or removed meanwhile, with a new
        answer, and -1 where that sends no file.
        """
        assert answer.file is not None
        try:
            file, fd = self._root.open(answer.file)
            if file is not answer.file:
                answer = self._answer_anew(request, file, fd)
        except Refusal as refusal:
            answer = refusal_answer(refusal, request.method)
        return answer, -1 if answer.file is None else fd

    def _answer_anew(self, request: Request, file: File, fd: int) -> Answer:
        """The answer that ``file``, open as ``fd``, is to be sent with; if not at all, it is closed."""
        answer = None
        try:
            answer = _file_answer(request, file)
        finally:
            if answer is None or answer.file is None:
                os.close(fd)
        return answer

    def finish(self, upload: Upload) -> Answer:
        """The answer to an upload whose body is complete. Raises Refusal."""
        where = f"/{UPLOADS}/{upload.save()}"
        body = {"status": "success", "message": "File created successfully", "filepath": where}
        return Answer(
            201,
            (("Content-Type", "application/json"), ("Location", where)),
            json.dumps(body).encode() + b"\n",
            message=f"saved {where}",
        )

    def sweep(self) -> int:
        """Clear away what killed processes left half-written; how many parts there were."""
        return self._uploads.sweep()

    def _check_host(self, request: Request, local_address: Callable[[], str]) -> str:
        """The address by which alone the host is allowed, "" where it is by name. Raises Refusal."""
        if self.hosts.allows(request.host):
            return ""
        if self.hosts.any_address and self.hosts.is_local_address(request.host, via := local_address()):
            return via
        raise Refusal("host-not-allowed")

    def _method_refusal(self, path: FilePath | None) -> Refusal:
        allowed = {None: "GET, POST", UPLOAD_PATH: "POST"}.get(path, "GET")
        return Refusal("method", fields=(("Allow", allowed),))

    def _get(self, request: Request, via: str) -> Answer:
        """The answer, remembered for whoever comes ``via`` this address, "" for any."""
        path = file_path(request.path)
        if path == UPLOAD_PATH:
            raise self._method_refusal(path)
        found = self._root.find(path)
        if isinstance(found, Folder):
            if not path.is_folder:
                return _redirect(request)
            found = self._root.find(FilePath((*path.segments, INDEX), is_folder=False))
            if isinstance(found, Folder):
                raise Refusal("not-found")
        answer = _file_answer(request, found)
        if found.is_settled and answer.status == 200 and not request.has_body:
            self._replies.keep(Reply(request, answer, found, via))
        return answer

    def _post(self, request: Request, path: FilePath) -> Upload:
        if path != UPLOAD_PATH:
            self._root.find(path)
            raise self._method_refusal(path)
        if not is_json(request.fields.get("content-type", "")):
            raise Refusal("type-not-accepted")
        if request.fields.get("content-encoding", "identity").lower() != "identity":
            raise Refusal("content-coding")
        if not request.states_length:
            raise Refusal("length-required")
        if request.content_length > self._max_body_bytes:
            raise Refusal("body-too-large", f" The limit is {self._max_body_bytes} bytes.")
        return self._uploads.begin()


def _redirect(request: Request) -> Answer:
    """To the form with a slash, under which a page's relative links lead into the folder. The path passed
    the validator: it begins with one slash and can't lead to another host.
    """
    where = request.path + "/" + ("" if request.query is None else "?" + request.query)
    return Answer(301, (("Location", quote(where, safe="!#$%&'()*+,/:;=?@[]~")),))


def _file_answer(request: Request, file: File) -> Answer:
    kind = mime.kind_of(file.name.replace("\\", "/").rpartition("/")[2])
    if kind is None:
        raise Refusal("type-not-served")
    size, now_s = file.signature.size, time.time()
    fields: tuple[tuple[str, str], ...] = (
        ("ETag", file.validators.entity_tag),
        # A date in the future would make caches wait for it (RFC 9110 section 8.8.2.1).
        ("Last-Modified", http_date(min(file.validators.modified_s, now_s))),
        ("Accept-Ranges", "bytes"),
    )
    if is_not_modified(request.fields, file.validators):
        # Content-Length is that of the file (RFC 9110 section 8.6), and no content follows.
        return Answer(304, fields, length=size)
    fields = (("Content-Type", kind.media_type), *fields)
    if kind.saved:
        fields = (
            *fields,
            ("Content-Disposition", attachment(file.name.replace("\\", "/").rpartition("/")[2])),
        )
    span = requested_span(request.fields, file.validators, size, now_s)
    if span is not None:
        end = span.first + span.length - 1
        fields = (*fields, ("Content-Range", f"bytes {span.first}-{end}/{size}"))
        return _content(206, fields, file, span.first, span.length)
    return _content(200, fields, file, 0, size)


def _content(status: int, fields: tuple[tuple[str, str], ...], file: File, start: int, length: int) -> Answer:
    if file.body is not None:
        return Answer(status, fields, file.body[start : start + length])
    return Answer(status, fields, length=length, file=file, start=start)
