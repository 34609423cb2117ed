"""Settings: every wrong value is told in one sentence, and what is written is read again."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server_core.config import SAMPLE_SITE, SETTINGS, Config
from server_core.config_file import read_config_file
from server_core.errors import ConfigError
from server_core.sentence import Sentence

NUMBERS = {
    "port": (0, 65_535),
    "threads": (1, 256),
    "max_connections": (1, 1_000_000),
    "queue_size": (1, 100_000),
    "max_requests": (1, 10**9),
    "max_body_bytes": (1, 2**30),
    "max_file_bytes": (1, 2**50),
    "min_free_bytes": (0, 2**50),
}
NOT_NUMBERS = ["", " ", "a", "-1", "+1", "1_0", "1.5", "1e3", "0x10", "٣", "²", "1 0", "9" * 19, "9" * 5_000]


def problem(name: str, text: str) -> str:
    """The one sentence about one wrong setting."""
    with pytest.raises(ConfigError) as wrong:
        Config.from_text({name: text})
    ((setting, sentence),) = wrong.value.problems
    assert setting == name
    assert isinstance(sentence, Sentence)  # else the window could not say it in another language
    assert sentence == str(wrong.value)
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert sentence[0].isupper() or sentence.startswith(("'", "/")) or repr(text)[1:-1] in sentence
    return sentence


def test_defaults():
    config = Config()
    assert (config.port, config.host, config.threads, config.root) == (8080, "127.0.0.1", 10, SAMPLE_SITE)
    assert (config.queue_size, config.keep_alive_timeout_s, config.max_requests) == (50, 30.0, 100)
    assert (config.max_body_bytes, config.log_file, config.log_format) == (10 * 1024 * 1024, None, "text")
    assert (config.allow_hosts, config.quiet) == ((), False)
    assert Config.from_text({}) == config


@pytest.mark.parametrize(("name", "lowest", "highest"), [(name, *bounds) for name, bounds in NUMBERS.items()])
def test_numbers(name, lowest, highest):
    for value in (lowest, highest):
        assert getattr(Config.from_text({name: f" {value} "}), name) == value
    for text in (str(lowest - 1), str(highest + 1)):
        assert f"from {lowest} to {highest}, not {text!r}." in problem(name, text)


@pytest.mark.parametrize("text", NOT_NUMBERS, ids=[text[:20] for text in NOT_NUMBERS])
@pytest.mark.parametrize("name", NUMBERS)
def test_no_numbers(name, text):
    problem(name, text)


@pytest.mark.parametrize(
    ("text", "value"), [("1", 1.0), ("0001.5", 1.5), ("86400", 86_400.0), (" 2.25 ", 2.25)]
)
def test_seconds(text, value):
    assert Config.from_text({"keep_alive_timeout_s": text}).keep_alive_timeout_s == value


@pytest.mark.parametrize(
    "text", [*NOT_NUMBERS[:5], "0", "0.9", "86401", "nan", "inf", "1e2", "1.", ".5", "1,5", "1.1234567"]
)
def test_no_seconds(text):
    assert "from 1 to 86400" in problem("keep_alive_timeout_s", text)


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("0.0.0.0", "0.0.0.0"),
        ("localhost", "localhost"),
        ("::", "::"),
        ("[::1]", "::1"),
        ("fe80::1%eth0", "fe80::1%eth0"),
        (" example.test ", "example.test"),
    ],
)
def test_host(text, host):
    assert Config.from_text({"host": text}).host == host


@pytest.mark.parametrize(
    "text",
    ["", " ", "a b", "http://a", "a/b", "127.0.0.1:80", ":::", "*", "a..b", "caf\xe9", "a\0b", "[::1]:80"],
)
def test_no_host(text):
    assert "is not an address to listen on" in problem("host", text)


def test_root(tmp_path):
    assert Config.from_text({"root": str(tmp_path)}).root == tmp_path.resolve()
    file = tmp_path / "a.txt"
    file.write_text("", "utf-8")
    assert "does not exist" in problem("root", str(tmp_path / "missing"))
    assert "is a file" in problem("root", str(file))
    assert "Choose the folder" in problem("root", " ")
    problem("root", "a\0b")


def test_log_file(tmp_path):
    assert Config.from_text({"log_file": ""}).log_file is None
    assert Config.from_text({"log_file": str(tmp_path / "a.log")}).log_file == tmp_path / "a.log"
    assert "is a folder" in problem("log_file", str(tmp_path))
    assert "does not exist" in problem("log_file", str(tmp_path / "missing" / "a.log"))
    problem("log_file", "a\0b")


def test_log_format():
    assert Config.from_text({"log_format": "json"}).log_format == "json"
    for text in ("", "JSON", "xml", "json "):
        assert "text or json" in problem("log_format", text)


@pytest.mark.parametrize(
    ("text", "value"), [("yes", True), ("ON", True), ("1", True), ("no", False), ("false", False)]
)
def test_switch(text, value):
    assert Config.from_text({"quiet": text}).quiet is value


@pytest.mark.parametrize("text", ["", "maybe", "2", "y"])
def test_no_switch(text):
    assert "yes or no" in problem("quiet", text)


@pytest.mark.parametrize(
    ("texts", "entries"),
    [
        ("", ()),
        ("a.test", ("a.test",)),
        ("a.test, *.b.test\n*", ("a.test", "*.b.test", "*")),
        (["a.test", "[::1]:*"], ("a.test", "[::1]:*")),
    ],
)
def test_allowed_hosts(texts, entries):
    assert Config.from_text({"allow_hosts": texts}).allow_hosts == entries


@pytest.mark.parametrize("text", ["http://a", "a.test, b/c", "a.test:x"])
def test_no_allowed_hosts(text):
    assert "is not a host name" in problem("allow_hosts", text)


def test_every_problem_is_told_at_once():
    with pytest.raises(ConfigError) as wrong:
        Config.from_text({"port": "x", "threads": "0", "log_format": "xml"})
    assert [each.setting for each in wrong.value.problems] == ["port", "threads", "log_format"]


_entry = st.from_regex(r"(\*\.)?[a-z][a-z0-9]{0,8}\.test(:(\*|[1-9][0-9]{0,3}))?", fullmatch=True)


@given(
    st.builds(
        Config,
        port=st.integers(*NUMBERS["port"]),
        host=st.sampled_from(["127.0.0.1", "0.0.0.0", "::1", "localhost"]),
        threads=st.integers(*NUMBERS["threads"]),
        allow_hosts=st.lists(_entry, max_size=3).map(tuple),
        max_connections=st.integers(*NUMBERS["max_connections"]),
        queue_size=st.integers(*NUMBERS["queue_size"]),
        keep_alive_timeout_s=st.integers(1_000_000, 86_400_000_000).map(lambda us: us / 1_000_000),
        max_requests=st.integers(*NUMBERS["max_requests"]),
        max_body_bytes=st.integers(*NUMBERS["max_body_bytes"]),
        log_file=st.sampled_from([None, Path(__file__).parent / "a.log"]),
        log_format=st.sampled_from(["text", "json"]),
        quiet=st.booleans(),
    )
)
def test_what_is_written_is_read_again(config):
    assert Config.from_text(config.to_text()) == config


def test_every_setting_is_described():
    assert [setting.name for setting in SETTINGS] == [*Config.__dataclass_fields__]
    for setting in SETTINGS:
        assert setting.help
        assert not setting.help.endswith(".")
    assert len({setting.option for setting in SETTINGS}) == len(SETTINGS)


class TestFile:
    @pytest.fixture
    def write(self, tmp_path):
        def write(text: str | bytes) -> Path:
            file = tmp_path / "spindle.ini"
            file.write_bytes(text if isinstance(text, bytes) else text.encode())
            return file

        return write

    def sentence(self, file: Path) -> str:
        with pytest.raises(ConfigError) as wrong:
            read_config_file(file)
        (told,) = wrong.value.problems
        assert told.setting == "config"
        assert str(file) in told.sentence
        assert told.sentence.endswith(".")
        assert "\n" not in told.sentence
        return told.sentence

    def test_it_is_read(self, write):
        file = write("[server]\nport = 0\nallow-host = a.test, b.test\nmax-body: 100%\nlog-format = json\n")
        assert read_config_file(file) == {
            "port": "0",
            "allow_hosts": "a.test, b.test",
            "max_body_bytes": "100%",
            "log_format": "json",
        }

    def test_a_byte_order_mark_and_comments_do_not_matter(self, write):
        assert read_config_file(write(b"\xef\xbb\xbf; mine\r\n[server]\r\n# one\r\nthreads=3\r\n")) == {
            "threads": "3"
        }

    def test_values_over_lines(self, write):
        texts = read_config_file(write("[server]\nallow-host =\n  a.test\n  b.test\n"))
        assert Config.from_text(texts).allow_hosts == ("a.test", "b.test")

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("", "has no [server] section"),
            ("[other]\nport=1\n", "has no [server] section"),
            ("port=1\n", "is not an INI file"),
            ("[server]\nport\n", "is not an INI file"),
            ("[server]\nport=1\nport=2\n", "is not an INI file"),
            ("[server]\nport=1\n[server]\n", "is not an INI file"),
            ("[server]\nprot=1\n", "has settings that do not exist: prot. Known are port, host"),
            ("[server]\nmax_body_bytes=1\n", "has settings that do not exist: max_body_bytes"),
            (b"[server]\nroot=caf\xe9\n", "is not UTF-8 text"),
        ],
    )
    def test_what_is_wrong_is_told(self, write, text, words):
        assert words in self.sentence(write(text))

    def test_a_missing_file(self, tmp_path):
        assert "can't be read" in self.sentence(tmp_path / "missing.ini")

    def test_a_folder(self, tmp_path):
        assert "can't be read" in self.sentence(tmp_path)
