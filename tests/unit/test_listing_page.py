"""The page of a folder: well-formed whatever the names are, with every link a relative path."""

from __future__ import annotations

from html.parser import HTMLParser
from urllib.parse import unquote, urljoin, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server_core.listing import Entry, Listing, Order
from server_core.listing_page import listing_page, path_of, size_in_words

VOID = {"meta", "path"}


class Page(HTMLParser):
    """What a browser would make of it: the elements, each closed, and the text in them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {}
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        assert len(dict(attrs)) == len(attrs)
        self.elements.append((tag, dict(attrs)))
        if tag in VOID:
            return
        self.open.append(tag)
        self.texts.setdefault(tag, []).append("")

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        for tag in self.open:
            self.texts[tag][-1] += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def entry(name: str, size: int | None = 5) -> Entry:
    return Entry(name, "", size is None, False, size or 0, 1_000_000_000.0)


def page(
    *entries: Entry,
    folders: tuple[str, ...] = (),
    order: Order | None = None,
    left_out: int = 0,
    is_counted: bool = True,
) -> Page:
    return Page(listing_page(folders, Listing(list(entries), left_out, is_counted), order or Order()))


# As file names are: without a slash, and without what the validator keeps out in any case.
NAMES = st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="/"), min_size=1)
HOSTILE = (
    "<script>alert(1)</script>", '" onclick="x', "'", "&amp;", "&lt", "]]>", "-->", "javascript:x", "a:b", "//host",
    "%2e%2e", "#top", "?zip", "a b", "\u202egpj.exe", "\u2028", "漢字", "e\u0301", "\U0001f600", "n" * 255,
)  # fmt: skip


def check(name: str) -> None:
    for folders in ((), (name,), ("sub", name)):
        made = page(entry(name), entry(name, None), folders=folders)
        base = "http://host" + path_of(folders)
        links = [attributes["href"] for attributes in made.all("a")]
        rows = [urljoin(base, link) for link in links if link.startswith("./")]
        assert [unquote(link.removeprefix(base)) for link in rows] == [name, name + "/"]
        for link in links:
            goal = urlsplit(urljoin(base, link))
            assert (goal.scheme, goal.netloc, goal.fragment) == ("http", "host", "")
        assert not any(
            attribute.startswith("on") for _, attributes in made.elements for attribute in attributes
        )
        assert (len(made.all("script")), len(made.all("tr")), len(made.all("title"))) == (1, 3, 1)


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names(name):
    check(name)


@given(NAMES.filter(lambda name: "/" not in name))
def test_any_name(name):
    check(name)


def test_names_are_shown_as_they_are_but_can_not_turn_the_text():
    shown = page(entry("a & <b>"), entry("x\u202egpj.exe"), entry("ملف.txt")).texts["bdi"]
    assert shown == ["Files", "a & <b>", "x\ufffdgpj.exe", "ملف.txt"]


def test_nothing_comes_from_elsewhere():
    made = page(entry("file"), entry("folder", None), folders=("a",))
    assert not made.all("link")
    assert not made.all("img")
    assert not any("src" in attributes for _, attributes in made.elements)
    assert all(attributes["href"].startswith("#") for attributes in made.all("use"))
    assert "url(" not in made.texts["style"][0]
    assert "@import" not in made.texts["style"][0]


def test_rows():
    made = page(entry("folder", None), entry("film.mp4", 3_500_000))
    assert made.texts["td"] == ["", "2001-09-09 01:46", "3.5 MB", "2001-09-09 01:46"]
    assert made.all("time") == [{"datetime": "2001-09-09T01:46:40Z"}] * 2
    assert [each["href"] for each in made.all("use")] == ["#save", "#folder", "#video"]
    assert made.texts["p"] == ["1 folder, 1 file, 3.5 MB"]


@pytest.mark.parametrize(
    ("order", "sorts", "links"),
    [
        (Order("name"), ["ascending", None, None], ["?sort=name&order=desc", "?sort=size&order=desc", "?sort=time&order=desc"]),
        (Order("name", True), ["descending", None, None], ["?sort=name&order=asc", "?sort=size&order=desc", "?sort=time&order=desc"]),
        (Order("size", True), [None, "descending", None], ["?sort=name&order=asc", "?sort=size&order=asc", "?sort=time&order=desc"]),
        (Order("time"), [None, None, "ascending"], ["?sort=name&order=asc", "?sort=size&order=desc", "?sort=time&order=desc"]),
    ],
)  # fmt: skip
def test_heads_tell_the_order_and_ask_for_the_other(order, sorts, links):
    made = page(entry("a"), order=order)
    heads = made.all("th")[:3]
    assert [head.get("aria-sort") for head in heads] == sorts
    assert all(head["scope"] == "col" for head in heads)
    assert [each["href"] for each in made.all("a") if each["href"].startswith("?sort")] == links
    assert made.texts["caption"] == [
        f"What is in /, by {made.texts['th'][('name', 'size', 'time').index(order.by)].lower().removesuffix(' (utc)')}, {'descending' if order.is_descending else 'ascending'}; folders first"
    ]
    assert made.texts["th"][2] == "Modified (UTC)"


def test_the_way_back():
    made = page(entry("a"), folders=("x y", "<z>", "here"))
    assert [(each.get("href"), each.get("aria-current")) for each in made.all("a")[:4]][:3] == [
        ("/", None),
        ("/x%20y/", None),
        ("/x%20y/%3Cz%3E/", None),
    ]
    assert made.texts["h1"] == ["Files/x y/<z>/here"]
    assert [each for each in made.all("span") if each.get("aria-current")] == [{"aria-current": "page"}]
    assert made.texts["title"] == ["here"]


def test_who_may_send_files_is_led_there():
    shown = Listing([], 0, True)
    for takes_files in (False, True):
        made = Page(listing_page((), shown, Order(), takes_files=takes_files))
        assert [each["href"] for each in made.all("a")] == ["/upload"] * takes_files


def test_an_empty_folder_says_so():
    made = page()
    assert made.texts["p"] == ["", "This folder is empty."]
    assert "table" not in made.texts
    assert made.all("a") == []


@pytest.mark.parametrize(
    ("left_out", "is_counted", "words", "has_zip"),
    [(0, True, None, True), (7, True, "page: 7 are left out", True), (95_000, False, "page: at least 95,000 are left out", False)],
)  # fmt: skip
def test_what_is_left_out_is_told(left_out, is_counted, words, has_zip):
    made = page(entry("a"), left_out=left_out, is_counted=is_counted)
    summary, *notes = made.texts["p"]
    assert summary == ("The first 1 by name" if left_out else "1 file, 5 bytes")
    assert len(notes) == bool(words)
    assert all(words in note for note in notes)
    assert any(each["href"] == "?zip" for each in made.all("a")) is has_zip


@pytest.mark.parametrize(
    ("size", "words"),
    [
        (0, "0 bytes"), (1, "1 byte"), (999, "999 bytes"), (1000, "1.0 kB"), (9_949, "9.9 kB"), (9_950, "10 kB"),
        (999_499, "999 kB"), (999_500, "1.0 MB"), (35_000_000, "35 MB"), (4_294_967_296, "4.3 GB"), (2**63, "9.2 EB"),
    ],
)  # fmt: skip
def test_sizes_in_words(size, words):
    assert size_in_words(size) == words
