"""A browser that is asked for a name and a password."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

from server_core import watch
from server_core.users import Users, add_user
from tests.functional.live import serving, until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

    from tests.functional.live import Live

pytestmark = pytest.mark.browser

NAME, SECRET = "j\u00fcrgen", "grün und \u5f20"
PICTURES = "[...document.images].map(image => image.complete && image.naturalWidth > 0)"

FETCH_ALL = """
Promise.all([...Array(20).keys()].map(number => fetch(`/${number}.svg?again`).then(answer => answer.status)))
"""


@pytest.fixture
def locked(tmp_path: Path) -> Iterator[Live]:
    """A page with more pictures than a browser fetches at once, for one user."""
    root = tmp_path / "site"
    root.mkdir()
    tags = "".join(f"<img src=/{number}.svg>" for number in range(20))
    (root / "index.html").write_text(f"<!DOCTYPE html><title>Inside</title>{tags}", "utf-8")
    for number in range(20):
        picture = "<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>"
        (root / f"{number}.svg").write_text(picture, "utf-8")
    add_user(tmp_path / "users", NAME, SECRET)
    with serving(root, profile="website", users=str(tmp_path / "users"), threads="10") as live:
        yield live


def test_who_answers_the_prompt_is_shown_the_page(locked: Live, browser: Browser) -> None:
    context = browser.new_context(http_credentials={"username": NAME, "password": SECRET})
    try:
        page = context.new_page()
        answer = page.goto(locked.base, wait_until="load")
        assert answer is not None
        assert (answer.status, page.title()) == (200, "Inside")
        assert page.evaluate(PICTURES) == [True] * 20
    finally:
        context.close()
    assert any(event.reason == "password-needed" for event in locked.events)
    assert sum(event.status == 200 for event in locked.events) == 21


def has_looked(live: Live) -> bool:
    """Have the server look at the file of users, if it is time to; whether it has seen the change."""
    assert live.get("/", "Authorization: Basic YTpi").status == 401
    return any("the users file has changed" in event.message for event in live.events)


def test_requests_that_come_at_once_wait_for_one_check(locked: Live, browser: Browser, monkeypatch) -> None:
    """As after a restart: a page is open, and nothing is known of its password yet."""
    checks: list[str] = []
    verify = Users.verify

    def counted(self: Users, name: str, password: str) -> bool:
        checks.append(name)
        return verify(self, name, password)

    context = browser.new_context(http_credentials={"username": NAME, "password": SECRET})
    try:
        page = context.new_page()
        page.goto(locked.base)
        monkeypatch.setattr(Users, "verify", counted)
        monkeypatch.setattr(watch, "LOOK_S", 0.0)
        os.utime(locked.root.parent / "users", (1, 1))
        until(lambda: has_looked(locked))
        checks.clear()
        assert page.evaluate(FETCH_ALL) == [200] * 20
    finally:
        context.close()
    assert checks == [NAME]


@pytest.mark.parametrize(
    ("answers", "reason"), [([], "password-needed"), ([(NAME, "something else")], "password-wrong")]
)
def test_who_gives_up_reads_why_nothing_is_shown(locked: Live, browser: Browser, answers, reason) -> None:
    context = browser.new_context()
    try:
        page = context.new_page()
        session = context.new_cdp_session(page)
        left = list(answers)

        def at_the_prompt(event: dict[str, Any]) -> None:
            """What a person types, and then *Cancel*."""
            reply = {"response": "CancelAuth"}
            if left:
                name, password = left.pop()
                reply = {"response": "ProvideCredentials", "username": name, "password": password}
            session.send(
                "Fetch.continueWithAuth", {"requestId": event["requestId"], "authChallengeResponse": reply}
            )

        def go_on(event: dict[str, Any]) -> None:
            session.send("Fetch.continueRequest", {"requestId": event["requestId"]})

        session.on("Fetch.authRequired", at_the_prompt)
        session.on("Fetch.requestPaused", go_on)
        session.send("Fetch.enable", {"handleAuthRequests": True})
        answer = page.goto(locked.base)
        assert answer is not None
        assert answer.status == 401
        assert page.title().startswith("401")
        assert page.locator("small").inner_text() == reason
    finally:
        context.close()
