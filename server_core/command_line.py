"""``python server.py``: arguments, log, signals, exit codes. The options are the table of settings in
config.py.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import sys
from pathlib import Path
from typing import NoReturn

from server_core import user_commands
from server_core.collector import spare_the_collector
from server_core.config import SETTINGS, Config
from server_core.config_file import read_config_file
from server_core.errors import BindError, ConfigError
from server_core.http_server import HttpServer
from server_core.log_format import FORMATS
from server_core.log_writer import ConsoleSink, FileSink, LogWriter, Sink
from server_core.places import copy_sample_site, default_root
from server_core.settings import Group, Setting
from server_core.version import VERSION

STOPPED, WRONG_ARGUMENTS, CANNOT_LISTEN = 0, 2, 3
VERBS = {"add_user": user_commands.add, "remove_user": user_commands.remove}
STOP_SIGNALS = ("SIGINT", "SIGTERM", "SIGBREAK")


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise ConfigError.of("", f"{message[:1].upper()}{message[1:]}. See --help.")


def make_parser(program: str) -> argparse.ArgumentParser:
    """The parser that the table of settings asks for. Its texts go to :meth:`Config.from_text`."""
    parser = _Parser(
        prog=program,
        description="Serve a folder over HTTP/1.1 with a fixed pool of threads.",
        allow_abbrev=False,
    )
    for group in Group:
        heading = parser.add_argument_group(group.value)
        for setting in SETTINGS:
            if setting.group is group:
                _add(heading, setting)
    parser.add_argument(
        "--config",
        metavar="FILE",
        help="INI file with these settings in its [server] section; arguments win over it",
    )
    verbs = parser.add_argument_group("Instead of serving").add_mutually_exclusive_group()
    for verb, text in (
        ("add", "let a user come, with a password that is asked for"),
        ("remove", "let a user come no more"),
    ):
        verbs.add_argument(f"--{verb}-user", metavar="NAME", help=f"{text}; the file is that of --users")
    parser.add_argument("--version", action="version", version=f"Spindle {VERSION}")
    return parser


def _add(parser: argparse._ArgumentGroup, setting: Setting) -> None:
    default = Config(root=default_root()).to_text()[setting.name]
    text = setting.help.replace("%", "%%") + (f" (default: {default})" if default and setting.metavar else "")
    if setting.positional:
        parser.add_argument(setting.name, nargs="?", metavar=setting.metavar, help=text)
    elif not setting.metavar:
        parser.add_argument(
            f"--{setting.option}", dest=setting.name, action="store_const", const="yes", help=text
        )
    elif setting.repeatable:
        parser.add_argument(
            f"--{setting.option}", dest=setting.name, action="append", metavar=setting.metavar, help=text
        )
    else:
        parser.add_argument(f"--{setting.option}", dest=setting.name, metavar=setting.metavar, help=text)


def read_texts(program: str, arguments: list[str]) -> dict[str, str | list[str]]:
    """What ``arguments`` and their config file give: the texts of settings by attribute name, and of the
    verbs by theirs. Raises ConfigError; SystemExit after --help and --version.
    """
    names = {argument.partition("=")[0] for argument in arguments}
    for setting in SETTINGS:
        if setting.positional and f"--{setting.option}" in names:
            sentence = f"--{setting.option} is no option here: write PORT, HOST and THREADS without names."
            raise ConfigError.of(setting.name, sentence)
    given = vars(make_parser(program).parse_args(arguments))
    config_file = given.pop("config")
    texts: dict[str, str | list[str]] = {}
    if config_file is not None:
        texts.update(read_config_file(Path(config_file)))
    texts.update((name, text) for name, text in given.items() if text is not None)
    return texts


def make_config(texts: dict[str, str | list[str]]) -> Config:
    """The settings of a server; where no folder is named, the sample site is made ready. Raises
    ConfigError.
    """
    if "root" not in texts:
        texts["root"] = str(copy_sample_site(default_root()))
    return Config.from_text(texts)


def main(program: str, arguments: list[str]) -> int:
    """Serve as ``arguments`` say until a signal comes; the exit status. Main thread only, for the sake of
    the signals.
    """
    try:
        texts = read_texts(program, arguments)
        if done := _instead_of_serving(texts):
            print(done)
            return STOPPED
        config = make_config(texts)
        sinks = _open_sinks(config)
    except ConfigError as error:
        return _reject(program, error)
    server = HttpServer(config)
    writer = LogWriter(server.events, sinks, FORMATS[config.log_format]) if sinks else None
    _stop_on_signals(server)
    try:
        status = _serve(program, config, server)
    finally:
        is_written = writer is None or writer.close()
    if not is_written:
        # Its thread hangs in a sink, and holds the lock of a stream that the interpreter wants at its end:
        # there it would wait for ever, or die of it.
        os._exit(status)
    return status


def _serve(program: str, config: Config, server: HttpServer) -> int:
    try:
        server.prepare()
    except ConfigError as error:
        return _reject(program, error)
    except BindError as error:
        _complain(program, str(error))
        return CANNOT_LISTEN
    _announce(server)
    spare_the_collector()
    server.serve()
    if config.quiet and server.cut:
        _complain(program, f"stopped; {server.cut} requests in flight were cut")
    return STOPPED


def _reject(program: str, error: ConfigError) -> int:
    for problem in error.problems:
        _complain(program, problem.sentence)
    return WRONG_ARGUMENTS


def _instead_of_serving(texts: dict[str, str | list[str]]) -> str:
    """What a verb has done; empty where there was none."""
    for verb, do in VERBS.items():
        if (name := texts.pop(verb, None)) is not None:
            try:
                return do(str(texts.get("users", "")), str(name))
            except ValueError as error:
                raise ConfigError.of("users", str(error)) from None
    return ""


def _open_sinks(config: Config) -> list[Sink]:
    sinks: list[Sink] = []
    # A program without a console has no standard output.
    if not config.quiet and sys.stdout is not None:
        sinks.append(ConsoleSink(sys.stdout))
    if config.log_file is not None:
        try:
            sinks.append(FileSink(config.log_file))
        except OSError as error:
            sentence = f"The log file {config.log_file} can't be written: {error.strerror}. Choose another."
            raise ConfigError.of("log_file", sentence) from None
    return sinks


def _stop_on_signals(server: HttpServer) -> None:
    """The first signal stops gracefully, a second one at once."""
    asked = []

    def stop(_number: int, _frame: object) -> None:
        asked.append(True)
        if len(asked) == 1:
            server.stop()
        else:
            server.stop(0.0)

    for name in STOP_SIGNALS:
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), stop)


def _announce(server: HttpServer) -> None:
    if sys.stdout is not None:
        with contextlib.suppress(OSError):
            for address, port in server.addresses:
                host = f"[{address}]" if ":" in address else address
                print(f"Listening on {server.config.scheme}://{host}:{port}/", flush=True)
            if server.trust:
                print(server.trust, flush=True)


def _complain(program: str, sentence: str) -> None:
    if sys.stderr is not None:
        print(f"{program}: {sentence}", file=sys.stderr)
