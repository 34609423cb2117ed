"""What is done with a request: host, guards, path, method, then the file or the upload. The order of the
checks is that in which faults are answered (docs/HTTP.md, Methods).
"""

from __future__ import annotations

import contextlib
import json
import os
from typing import TYPE_CHECKING
from urllib.parse import quote

from server_core.answers import Answer, refusal_answer
from server_core.content_type import is_json
from server_core.cors import Cors
from server_core.file_answer import Showcase
from server_core.files import File, Folder
from server_core.folder_answer import Catalogue
from server_core.paths import UPLOAD, UPLOADS, FilePath, file_path
from server_core.precompressed import PrecompressedSearch
from server_core.profiles import PROFILES
from server_core.receiver import Receiver
from server_core.refusals import Refusal
from server_core.reply import Replies, Reply
from server_core.search import Search
from server_core.sentence import Sentence
from server_core.uploads import UNFINISHED_BYTES, Upload, UploadFolder

if TYPE_CHECKING:
    from collections.abc import Callable

    from server_core.config import Config
    from server_core.files import Root
    from server_core.hosts import HostPolicy
    from server_core.messages import Request
    from server_core.received import ReceivedFile
    from server_core.search import Ground

    Guard = Callable[[Request, str], None]
    """Judges a request and its client (``ip:port``) before its path is looked at; raises Refusal. What was
    answered before passes no guard, so where there is one nothing is kept to be answered so.
    """


class Handler:
    """Answers requests for one root under one host policy. Any thread may call any method."""

    def __init__(self, root: Root, hosts: HostPolicy, config: Config, guards: tuple[Guard, ...] = ()) -> None:
        """``guards`` judge each request, in this order, once its host is known to be right."""
        self._root = root
        self.hosts = hosts
        """Replaced whole, by one write, to allow more."""
        self._profile = PROFILES[config.profile]
        self._search = (PrecompressedSearch if config.precompressed else Search)(root, config)
        self._showcase = Showcase(self._profile, config)
        self._catalogue = Catalogue(root, config)
        self._cors = Cors(config.cors)
        self._max_body_bytes = config.max_body_bytes
        self._guards = guards
        self._replies = Replies()
        self._uploads = UploadFolder(root.folder, max(UNFINISHED_BYTES, config.max_body_bytes))
        self._receiver = Receiver(self._uploads, config) if config.receive_files else None
        self.told_in_json = frozenset({"POST"} if self._receiver is None else {"POST", "PUT"})
        """The methods whose refusals are JSON."""

    def begin(
        self, request: Request, local_address: Callable[[], str], client: str = ""
    ) -> Answer | Upload | ReceivedFile:
        """The answer, or for an upload where its body goes. ``local_address`` tells to which address the
        client connected; ``client`` is its own, ``ip:port``.

        Raises Refusal.
        """
        reply = request.reply
        if reply is not None and reply.ground.is_current() and reply.serves(local_address):
            return reply.answer
        via = self._check_host(request, local_address)
        for guard in self._guards:
            guard(request, client)
        method = request.method
        if method in {"GET", "HEAD"} and method in self._profile.methods:
            return self._get(request, via)
        if method == "PUT" and self._receiver is not None:
            return self._put(request, self._receiver)
        path = file_path(request.path) if request.path else None  # OPTIONS * and CONNECT name none
        if method == "POST" and path is not None:
            return self._post(request, path)
        if method == "OPTIONS" and method in self._profile.methods:
            allowed = self._allowed(path)
            return Answer(200, (("Allow", allowed), *self._cors.preflight(request, allowed)))
        raise self._method_refusal(path)

    def refuse(self, request: Request, refusal: Refusal) -> Answer:
        """The answer to a refusal after which the connection can go on."""
        answer = refusal_answer(refusal, request.method, self.told_in_json)
        if refusal.code == "not-found" and self._profile.error_page and request.method in {"GET", "HEAD"}:
            with contextlib.suppress(Refusal):
                page = self._root.find(FilePath((self._profile.error_page,), is_folder=False))
                if isinstance(page, File):
                    return self._showcase.refusal_page(answer, page)
        return answer

    def open(self, request: Request, answer: Answer) -> tuple[Answer, int]:
        """The descriptor of the answer's file; where that was replaced or removed meanwhile, with a new
        answer, and -1 where that sends no file.
        """
        assert answer.file is not None
        try:
            try:
                file, fd = self._root.open(answer.file)
            except Refusal as refusal:
                if refusal.code != "not-found" or not answer.file.coding:
                    raise
                # A variant that is gone leaves the file of which it was made.
                answer = self._show(request)[0]
                return (answer, -1) if answer.file is None else self.open(request, answer)
            if file is not answer.file:
                answer = self._answer_anew(request, answer, file, fd)
        except Refusal as refusal:
            answer = refusal_answer(refusal, request.method)
        return answer, -1 if answer.file is None else fd

    def _answer_anew(self, request: Request, answer: Answer, file: File, fd: int) -> Answer:
        """The answer that ``file``, open as ``fd``, is to be sent with in the place of ``answer``; if not at
        all, it is closed.
        """
        new = None
        try:
            if answer.code:
                new = self._showcase.refusal_page(answer, file)
            else:
                new = self._showcase.answer(request, file)
        finally:
            if new is None or new.file is None:
                os.close(fd)
        return new

    def finish(self, upload: Upload | ReceivedFile) -> Answer:
        """The answer to an upload whose body is complete. Raises Refusal."""
        where = f"/{UPLOADS}/{upload.save()}"
        body = {"status": "success", "message": "File created successfully", "filepath": where}
        return Answer(
            201,
            (("Content-Type", "application/json"), ("Location", quote(where))),
            json.dumps(body, ensure_ascii=False).encode() + b"\n",
            message=Sentence("saved {where}", where=where),
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
        return Refusal("method", fields=(("Allow", self._allowed(path)),))

    def _allowed(self, path: FilePath | None) -> str:
        """The methods of what ``path`` names; None is the server as a whole (RFC 9110 section 9.3.7)."""
        methods = self._profile.methods
        if path is None:
            methods = methods | {"POST"}
        elif path == UPLOAD:
            methods = (methods if self._receiver else methods - {"GET", "HEAD"}) | {"POST"}
        if self._receiver and path != UPLOAD and (path is None or path.segments[:1] == UPLOAD.segments):
            methods |= {"PUT"}
        return ", ".join(sorted(methods))

    def _get(self, request: Request, via: str) -> Answer:
        """The answer, remembered for whoever comes ``via`` this address, "" for any."""
        answer, ground = self._show(request)
        may_repeat = answer.status == 200 and request.method == "GET" and not request.has_body
        if may_repeat and ground is not None and ground.is_settled and not self._guards:
            self._replies.keep(Reply(request, answer, ground, via))
        return answer

    def _show(self, request: Request) -> tuple[Answer, File | Ground | None]:
        """The answer, and on what it rests where that is files."""
        path = file_path(request.path)
        if path.segments == UPLOAD.segments and self._receiver is not None:
            return self._receiver.page, None
        if path == UPLOAD:
            raise self._method_refusal(path)
        found = self._search.find(request, path)
        if isinstance(found, Folder):
            if path.is_folder:
                return self._catalogue.answer(request, path.segments), None
            return self._redirect(request), None
        file, ground = found
        return self._showcase.answer(request, file), ground

    def _post(self, request: Request, path: FilePath) -> Upload:
        if path != UPLOAD:
            self._root.find(path)
            raise self._method_refusal(path)
        if not is_json(request.fields.get("content-type", "")):
            raise Refusal("type-not-accepted")
        if request.fields.get("content-encoding", "identity").lower() != "identity":
            raise Refusal("content-coding")
        if not request.states_length:
            raise Refusal("length-required")
        if request.content_length > self._max_body_bytes:
            raise Refusal(
                "body-too-large", Sentence(" The limit is {most} bytes.", most=self._max_body_bytes)
            )
        return self._uploads.begin(self._max_body_bytes)

    def _put(self, request: Request, receiver: Receiver) -> ReceivedFile:
        path = receiver.path(request.path)
        if not path.segments[:1] == UPLOAD.segments:
            raise self._method_refusal(path)
        return receiver.begin(request, path)

    def _redirect(self, request: Request) -> Answer:
        """To the form with a slash, under which a page's relative links lead into the folder. The path passed
        the validator: it begins with one slash and can't lead to another host.

        It is kept as long as a file is: browsers keep one that says nothing for ever.
        """
        where = request.path + "/" + ("" if request.query is None else "?" + request.query)
        location = ("Location", quote(where, safe="!#$%&'()*+,/:;=?@[]~"))
        return Answer(301, (location, *self._showcase.cache_fields))
