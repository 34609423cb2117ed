"""Media types by file extension. Tables of our own: the registry of a Windows machine may call .js
text/plain.

The names are those of the IANA registry; where browsers and the registry's newest word differ (RFC 9239 for
JavaScript, RFC 9649 for WebP), the newest word counts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping


class Kind(NamedTuple):
    media_type: str
    saved: bool = False
    """Whether a browser is asked to save the file instead of showing it."""


OCTETS = "application/octet-stream"
_SAVED = Kind(OCTETS, saved=True)

STANDARD_KINDS: dict[str, Kind] = {
    ".html": Kind("text/html; charset=utf-8"),
    ".txt": _SAVED,
    ".png": _SAVED,
    ".jpg": _SAVED,
    ".jpeg": _SAVED,
}

# Type, then the extensions that mean it. Text gets charset=utf-8, for what is written today is UTF-8.
_MEDIA_TYPES = """
text/html                  html htm
text/css                   css
text/javascript            js mjs
text/plain                 txt text log ini conf cfg diff patch asc
text/markdown              md markdown
text/csv                   csv
text/tab-separated-values  tsv
text/xml                   xml xsl xsd
text/calendar              ics
text/vcard                 vcf
text/vtt                   vtt
text/troff                 man roff
text/rtf                   rtf
text/x-python              py
text/x-c                   c h cc cpp hpp
text/x-java-source         java
text/x-shellscript         sh
text/x-go                  go
text/x-rust                rs
text/x-kotlin              kt
application/xhtml+xml      xhtml
application/json           json map
application/ld+json        jsonld
application/geo+json       geojson
application/manifest+json  webmanifest
application/x-ndjson       ndjson jsonl
application/yaml           yaml yml
application/toml           toml
application/sql            sql
application/ttml+xml       ttml
application/x-subrip       srt
application/mbox           mbox
message/rfc822             eml
application/rss+xml        rss
application/atom+xml       atom
application/xslt+xml       xslt
application/gpx+xml        gpx
application/vnd.google-earth.kml+xml kml
application/wasm           wasm
application/pdf            pdf
application/postscript     ps eps
application/epub+zip       epub
application/msword         doc
application/vnd.ms-excel   xls
application/vnd.ms-powerpoint ppt
application/vnd.openxmlformats-officedocument.wordprocessingml.document docx
application/vnd.openxmlformats-officedocument.spreadsheetml.sheet xlsx
application/vnd.openxmlformats-officedocument.presentationml.presentation pptx
application/vnd.oasis.opendocument.text odt
application/vnd.oasis.opendocument.spreadsheet ods
application/vnd.oasis.opendocument.presentation odp
application/vnd.oasis.opendocument.graphics odg
application/zip            zip
application/gzip           gz tgz
application/x-bzip2        bz2
application/x-xz           xz
application/zstd           zst
application/x-7z-compressed 7z
application/vnd.rar        rar
application/x-tar          tar
application/java-archive   jar
application/vnd.android.package-archive apk
application/vnd.debian.binary-package deb
application/x-rpm          rpm
application/x-apple-diskimage dmg
application/x-msi          msi
application/vnd.microsoft.portable-executable exe dll
application/vnd.sqlite3    sqlite sqlite3
application/vnd.ms-fontobject eot
application/pgp-signature  sig
application/x-bittorrent   torrent
application/pkix-cert      cer
application/x-x509-ca-cert crt
application/x-pem-file     pem
application/octet-stream   bin iso img
image/png                  png
image/apng                 apng
image/jpeg                 jpg jpeg jpe jfif
image/gif                  gif
image/webp                 webp
image/avif                 avif
image/heic                 heic
image/heif                 heif
image/jxl                  jxl
image/jp2                  jp2
image/svg+xml              svg
image/bmp                  bmp
image/tiff                 tif tiff
image/vnd.microsoft.icon   ico cur
image/vnd.adobe.photoshop  psd
font/woff                  woff
font/woff2                 woff2
font/ttf                   ttf
font/otf                   otf
font/collection            ttc
audio/mpeg                 mp3
audio/mp4                  m4a m4b
audio/aac                  aac
audio/ogg                  ogg oga opus
audio/flac                 flac
audio/wav                  wav
audio/webm                 weba
audio/aiff                 aif aiff
audio/midi                 mid midi
audio/x-mpegurl            m3u
application/vnd.apple.mpegurl m3u8
application/dash+xml       mpd
video/mp4                  mp4 m4v
video/mpeg                 mpg mpeg
video/webm                 webm
video/ogg                  ogv
video/quicktime            mov
video/x-msvideo            avi
video/x-matroska           mkv
video/mp2t                 ts m2ts
video/3gpp                 3gp
video/3gpp2                3g2
model/gltf+json            gltf
model/gltf-binary          glb
model/obj                  obj
model/stl                  stl
model/mtl                  mtl
"""


def shown(media_type: str) -> Kind:
    """How a file of ``media_type`` is shown in a browser."""
    is_text = media_type.startswith("text/") and ";" not in media_type
    return Kind(media_type + "; charset=utf-8" if is_text else media_type)


def _read(table: str) -> dict[str, Kind]:
    rows = (line.split() for line in table.strip().splitlines())
    return {
        f".{extension}": shown(media_type) for media_type, *extensions in rows for extension in extensions
    }


WEBSITE_KINDS = _read(_MEDIA_TYPES)


def kind_of(name: str, kinds: Mapping[str, Kind], unknown: Kind | None) -> Kind | None:
    """How the file called ``name`` is served; ``unknown`` where ``kinds`` has no type for it. A name that is
    all extension (``.html``) has none.
    """
    stem, dot, extension = name.rpartition(".")
    return kinds.get(dot + extension.lower(), unknown) if stem else unknown
