"""From one state of a file to the answer that shows it: conditions, ranges, and fields that describe it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from server_core.answers import Answer, attachment
from server_core.conditions import is_not_modified, requested_span
from server_core.dates import http_date
from server_core.freshness import cache_fields
from server_core.mime import kind_of, shown
from server_core.refusals import Refusal

if TYPE_CHECKING:
    from server_core.config import Config
    from server_core.files import File
    from server_core.messages import Request
    from server_core.mime import Kind
    from server_core.profiles import Profile


class Showcase:
    """How files are shown. Immutable; any thread may call any method."""

    def __init__(self, profile: Profile, config: Config) -> None:
        own = (entry.partition("=") for entry in config.types)
        self._kinds = {**profile.kinds, **{extension: shown(kind) for extension, _, kind in own}}
        self._unknown = profile.unknown
        self.cache_fields = cache_fields(config.cache)
        """How long what is shown may be kept."""

    def kind(self, file: File) -> Kind:
        """Raises Refusal where files of this type are not served."""
        kind = kind_of(base_name(file), self._kinds, self._unknown)
        if kind is None:
            raise Refusal("type-not-served")
        return kind

    def answer(self, request: Request, file: File) -> Answer:
        """The answer to GET or HEAD. Raises Refusal."""
        kind = self.kind(file)
        size, now_s = file.signature.size, time.time()
        fields: tuple[tuple[str, str], ...] = (
            ("ETag", file.validators.entity_tag),
            # A date in the future would make caches wait for it (RFC 9110 section 8.8.2.1).
            ("Last-Modified", http_date(min(file.validators.modified_s, now_s))),
            ("Accept-Ranges", "bytes"),
            *self.cache_fields,
        )
        if is_not_modified(request.fields, file.validators):
            # Content-Length is that of the file (RFC 9110 section 8.6), and no content follows.
            return Answer(304, fields, length=size)
        if file.coding:
            fields = (("Content-Encoding", file.coding), *fields)
        fields = (("Content-Type", kind.media_type), *fields)
        if kind.saved:
            fields = (*fields, ("Content-Disposition", attachment(base_name(file))))
        # A range is asked for by GET alone (RFC 9110 section 14.2).
        span = (
            requested_span(request.fields, file.validators, size, now_s) if request.method == "GET" else None
        )
        if span is not None:
            end = span.first + span.length - 1
            fields = (*fields, ("Content-Range", f"bytes {span.first}-{end}/{size}"))
            return _content(206, fields, file, span.first, span.length)
        return _content(200, fields, file, 0, size)

    def refusal_page(self, refusal: Answer, file: File) -> Answer:
        """The refusal with ``file`` for its page. Raises Refusal where files of its type are not served."""
        fields = (("Content-Type", self.kind(file).media_type),)
        return _content(refusal.status, fields, file, 0, file.signature.size, refusal.code, refusal.message)


def base_name(file: File) -> str:
    """The name under which a file is shown, without its folders."""
    name = file.name.replace("\\", "/").rpartition("/")[2]
    return name.rpartition(".")[0] if file.coding else name


def _content(
    status: int,
    fields: tuple[tuple[str, str], ...],
    file: File,
    start: int,
    length: int,
    code: str = "",
    message: str = "",
) -> Answer:
    if file.body is not None:
        return Answer(status, fields, file.body[start : start + length], code=code, message=message)
    return Answer(status, fields, length=length, file=file, start=start, code=code, message=message)
