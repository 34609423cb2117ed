"""What is served, and how."""

from __future__ import annotations

import mimetypes

import pytest

from server_core.config import Config
from server_core.errors import ConfigError
from server_core.mime import OCTETS, STANDARD_KINDS, WEBSITE_KINDS, Kind, kind_of

SAVED = ("application/octet-stream", True)
SHOWN = ("text/html; charset=utf-8", False)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("index.html", SHOWN),
        ("INDEX.HTML", SHOWN),
        ("a.b.Html", SHOWN),
        ("sample.txt", SAVED),
        ("logo.png", SAVED),
        ("photo.JPG", SAVED),
        ("family.jpeg", SAVED),
        (" .txt", SAVED),
        ("style.css", None),
        ("page.htm", None),
        ("upload.json", None),
        ("a.html.exe", None),
        ("a.htmlx", None),
        ("a.html~", None),
        ("README", None),
        (".html", None),
        ("html", None),
        ("a.", None),
        ("", None),
        ("a.ＨＴＭＬ", None),
    ],
)
def test_kind(name, expected):
    assert kind_of(name, STANDARD_KINDS, None) == expected


def test_what_the_system_believes_of_an_extension_does_not_matter():
    """The registry of a Windows machine may call .html anything."""
    before = mimetypes.guess_type("a.html")[0]
    mimetypes.add_type("text/plain", ".html")
    try:
        assert kind_of("a.html", STANDARD_KINDS, None) == SHOWN
    finally:
        mimetypes.add_type(before or "text/html", ".html")


@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        ("a.html", "text/html; charset=utf-8"),
        ("a.HTM", "text/html; charset=utf-8"),
        ("app.js", "text/javascript; charset=utf-8"),  # RFC 9239
        ("app.mjs", "text/javascript; charset=utf-8"),
        ("app.js.map", "application/json"),
        ("a.wasm", "application/wasm"),  # what WebAssembly.compileStreaming insists on
        ("a.webp", "image/webp"),  # RFC 9649
        ("a.avif", "image/avif"),
        ("a.svg", "image/svg+xml"),
        ("a.ico", "image/vnd.microsoft.icon"),
        ("a.woff2", "font/woff2"),  # RFC 8081
        ("a.ttf", "font/ttf"),
        ("a.mp3", "audio/mpeg"),
        ("a.opus", "audio/ogg"),  # RFC 7845
        ("a.flac", "audio/flac"),  # RFC 9639
        ("a.mp4", "video/mp4"),
        ("a.webm", "video/webm"),
        ("a.pdf", "application/pdf"),
        ("a.csv", "text/csv; charset=utf-8"),
        ("a.md", "text/markdown; charset=utf-8"),  # RFC 7763
        ("a.webmanifest", "application/manifest+json"),
        ("a.json", "application/json"),
        ("a.tar.gz", "application/gzip"),  # RFC 6713
        ("a.docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        ("a.zzz", OCTETS),
        ("LICENSE", OCTETS),
        (".html", OCTETS),
    ],
)
def test_a_website_has_the_standards_names(name, media_type):
    assert kind_of(name, WEBSITE_KINDS, Kind(OCTETS)) == (media_type, False)


def test_the_table_of_a_website():
    assert len(WEBSITE_KINDS) >= 120
    assert len({kind.media_type for kind in WEBSITE_KINDS.values()}) >= 120
    for extension, kind in WEBSITE_KINDS.items():
        assert extension == extension.lower()
        assert kind.media_type.split(";")[0].count("/") == 1
        assert not kind.saved


@pytest.mark.parametrize(
    "text", ["glb=model/x", ".glb", ".glb=", ".glb=model", ".glb=model/x y", ".a/b=c/d", "."]
)
def test_a_wrong_type_is_told(text):
    with pytest.raises(ConfigError, match="is not a type"):
        Config.from_text({"profile": "website", "types": text})


def test_own_types_need_the_profile_that_uses_them():
    texts = {"types": ".GLB=model/gltf-binary, .x=text/x;charset=ascii"}
    with pytest.raises(ConfigError, match="--type belongs to the Website profile"):
        Config.from_text(texts)
    config = Config.from_text({"profile": "website", **texts})
    assert config.types == (".glb=model/gltf-binary", ".x=text/x;charset=ascii")
    assert Config.from_text(config.to_text()) == config
