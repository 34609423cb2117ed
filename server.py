"""Spindle's HTTP server without a window: ``python server.py [PORT] [HOST] [THREADS]``, see ``--help``."""

from __future__ import annotations

import sys

from server_core.command_line import main

if __name__ == "__main__":
    sys.exit(main("server.py", sys.argv[1:]))
