"""A real browser on the sample site."""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.blackbox_server import RunningServer, running_server

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, BrowserContext, Page, Playwright

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome", "msedge")


class Launch:
    """Starts the Chromium of this computer."""

    def __init__(self, playwright: Playwright, found: str) -> None:
        self._type = playwright.chromium
        # A browser run by root, as in a container, has no sandbox.
        sandbox = [] if not hasattr(os, "geteuid") or os.geteuid() else ["--no-sandbox"]
        self._found, self._options = found, [*sandbox, "--disable-gpu"]

    def browser(self) -> Browser:
        return self._type.launch(executable_path=self._found, args=self._options)

    @contextmanager
    def persistent(self, profile: Path, *options: str) -> Iterator[BrowserContext]:
        """One with a profile in ``profile`` and further ``options``."""
        opened = self._type.launch_persistent_context(
            profile, executable_path=self._found, args=[*self._options, *options]
        )
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def launch() -> Iterator[Launch]:
    """Of the Chromium of this computer: SPINDLE_CHROMIUM, or one on the PATH."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    found = os.environ.get("SPINDLE_CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        pytest.skip("there is no Chromium on this computer; install one, or name it in SPINDLE_CHROMIUM")
    with sync_api.sync_playwright() as playwright:
        yield Launch(playwright, found)


@pytest.fixture(scope="session")
def browser(launch: Launch) -> Iterator[Browser]:
    opened = launch.browser()
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """One of its own, or the one at SPINDLE_BASE_URL, which serves the folder SPINDLE_ROOT."""
    if url := os.environ.get("SPINDLE_BASE_URL"):
        yield RunningServer(url, Path(os.devnull), Path(os.environ["SPINDLE_ROOT"]))
        return
    with running_server(tmp_path_factory.mktemp("browser")) as running:
        yield running


@pytest.fixture
def page(browser: Browser, server: RunningServer) -> Iterator[Page]:
    """An empty page; a script error or a failed request of its own on it fails the test."""
    context = browser.new_context(base_url=server.base_url, accept_downloads=True)
    opened = context.new_page()
    faults: list[str] = []
    opened.on("pageerror", lambda error: faults.append(f"script: {error}"))
    opened.on("requestfailed", lambda request: faults.append(f"{request.url}: {request.failure}"))
    yield opened
    context.close()
    assert not [fault for fault in faults if "ERR_ABORTED" not in fault]  # what a download does to its page
