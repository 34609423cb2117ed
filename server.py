"""Spindle's HTTP server without a window: ``python server.py [PORT] [HOST] [THREADS]``, see ``--help``."""

from __future__ import annotations

import sys
from pathlib import Path

from server_core.command_line import main

if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[0]).name, sys.argv[1:]))
