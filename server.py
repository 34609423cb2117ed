"""Spindle's HTTP server without a window: ``python server.py [PORT] [HOST] [THREADS]``, see ``--help``."""

from __future__ import annotations

import os
import signal
import sys

if __name__ == "__main__":
    # Until the server listens to signals itself, which takes a moment of loading, there is nothing to finish.
    signal.signal(signal.SIGINT, lambda _number, _frame: os._exit(0))

from pathlib import Path

from server_core.command_line import main

if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[0]).name, sys.argv[1:]))
