"""``python -m gui``, and the script of the packaged ``Spindle.exe``."""

from __future__ import annotations

import sys

from gui.startup import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
