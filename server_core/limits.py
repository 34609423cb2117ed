"""How long and how much a client may take on one connection. What bounds the octets of a head is in
grammar.py.
"""

from __future__ import annotations

# What one recv() takes. An upload of a megabyte arrives in 16 of them; more would make thousands of
# connections costlier.
RECEIVE_BYTES = 64 * 1024
# Requests answered and pieces of bodies taken before other connections get their turn.
EVENTS_PER_TURN = 32
# Seconds from accepting a connection to the end of its TLS handshake. Two round trips and a millisecond of
# calculation: 10 s bear a phone's bad network that loses a packet twice (1 + 2 + 4 s to send it again), and
# who stalls is gone three times as soon as one who stalls in a head. nginx gives 60, Go's documentation 10.
HANDSHAKE_TIMEOUT_S = 10.0
# Seconds from a head's first octet to its last, and as long again for a body; Apache and nginx give 20 to 60.
HEAD_TIMEOUT_S = 30.0
BODY_TIMEOUT_S = 30.0
# A body may take longer while it averages this much, a modem's 8 kbit/s: a dripped octet buys a millisecond.
BODY_BYTES_PER_S = 1024
# A reader must take this much in each such time, or it counts as taking nothing.
SEND_TIMEOUT_S = 30.0
SEND_BYTES_PER_TIMEOUT = 1024
# How often it is looked at whether a reader takes anything: what was in flight when it stopped reading is
# taken within a moment, and must not count as the last thing it took half a minute later.
SEND_LOOK_S = 3.0
# A body that nobody wants is read up to this size to keep the connection; beyond, the answer says close.
DISCARD_BYTES = 64 * 1024
# After a refusal the client may still be sending: closing at once would reset the connection and could
# destroy the answer on its way. So much is thrown away, for so long.
LINGER_TIMEOUT_S = 3.0
LINGER_BYTES = 32 * 1024 * 1024
