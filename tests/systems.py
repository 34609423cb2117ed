"""Where the tests run."""

from __future__ import annotations

import ctypes
import subprocess
import sys

import pytest

WINDOWS = pytest.mark.skipif(sys.platform != "win32", reason="what Windows does")
# mypy reads these for Linux, which has none of them.
CREATE_NO_WINDOW: int = getattr(subprocess, "CREATE_NO_WINDOW", 0)
DETACHED_PROCESS: int = getattr(subprocess, "DETACHED_PROCESS", 0)
IS_WINE = sys.platform == "win32" and hasattr(ctypes.WinDLL("ntdll"), "wine_get_version")
