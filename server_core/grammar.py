"""The grammar of RFC 9110 and RFC 9112, as regular expressions over bytes, and the limits put on it.

Everything is matched with ``fullmatch`` on bytes: ``int()``, ``isdigit()``, ``strip()`` and ``splitlines()``
know more digits, white space and line ends than HTTP does.
"""

from __future__ import annotations

import re

KIB = 1024

# The longest target. RFC 9112 section 3 asks for 8,000 octets at least for the whole line; nginx and Apache
# take about 8 KiB.
TARGET_BYTES = 8 * KIB
# The longest request line: a target, and room for any registered method (the longest, UPDATEREDIRECTREF, has
# 17), two spaces, the version.
REQUEST_LINE_BYTES = TARGET_BYTES + 64
# The whole head. A browser with large cookies sends up to 16 KiB; nginx takes 32 KiB (4 x 8), node 16 KiB,
# Apache 8 KiB a field.
HEAD_BYTES = 32 * KIB
# Fields in a head or a trailer section. Apache's limit; browsers send about 20.
HEAD_FIELDS = 100
# A chunk-size line with its extensions. No known client sends extensions; room for a signature of a few
# hundred octets.
CHUNK_LINE_BYTES = KIB
# Chunk-size lines beyond the data they announce: more than this many octets of framing on one body is an
# attack by overhead (CVE-2023-39326 in Go): one-octet chunks cost six octets each.
CHUNK_OVERHEAD_BYTES = 64 * KIB

# RFC 9110 section 5.6.2.
TOKEN = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"

# RFC 9112 section 3. The target is any visible ASCII here; which of its forms it has is decided in
# messages.py. The version is case-sensitive (section 2.3).
REQUEST_LINE = re.compile(
    rb"(?P<method>" + TOKEN + rb") (?P<target>[\x21-\x7e]+) HTTP/(?P<version>[0-9]\.[0-9])"
)

# RFC 9112 section 5: no white space before the colon. The value is visible ASCII, obs-text, spaces and tabs
# (RFC 9110 section 5.5).
FIELD_LINE = re.compile(rb"(?P<name>" + TOKEN + rb"):(?P<value>[\t\x20-\x7e\x80-\xff]*)")
SPACE_BEFORE_COLON = re.compile(TOKEN + rb"[ \t]+:.*")
OWS = b" \t"

# The first octet that no head, chunk line or trailer may hold: a control other than tab, a CR without its LF,
# an LF without its CR. A CR at the very end is not yet known to be alone. The look-behind needs the octet
# before an LF, so search from the line's start.
FORBIDDEN_OCTET = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|\r(?!\n|\Z)|(?<!\r)\n")

# RFC 9110 section 8.6. A longer number is larger than any body that is accepted, and int() refuses 5,000
# digits.
CONTENT_LENGTH = re.compile(r"[0-9]+")
CONTENT_LENGTH_DIGITS = 18

# RFC 9112 section 7.1: chunk-size and chunk-ext. 15 hexadecimal digits behind the zeros stay below 2**60.
_QUOTED = rb'"(?:[\t \x21\x23-\x5b\x5d-\x7e\x80-\xff]|\\[\t \x21-\x7e\x80-\xff])*"'
_BWS = rb"[ \t]*"
CHUNK_LINE = re.compile(
    rb"(?P<size>0*[0-9A-Fa-f]{1,15})(?:%b;%b%b(?:%b=%b(?:%b|%b))?)*"
    % (_BWS, _BWS, TOKEN, _BWS, _BWS, TOKEN, _QUOTED)
)

# RFC 9112 section 3.2.2, by the scheme that the server speaks: the other's came to the wrong port.
ABSOLUTE_FORM = {
    scheme: re.compile(rf"(?i:{scheme})://(?P<authority>[^/?#]*)(?P<path>/[^?#]*)?(?:\?(?P<query>[^#]*))?")
    for scheme in ("http", "https")
}
ORIGIN_FORM = re.compile(r"(?P<path>/[^?#]*)(?:\?(?P<query>[^#]*))?")
