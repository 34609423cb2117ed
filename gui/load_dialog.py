"""The load test: what to send, how far it is, and how long the answers took. A child process sends."""

from __future__ import annotations

import multiprocessing
import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from PySide6.QtCore import QLocale, QTimer, Slot
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QSpinBox,
    QVBoxLayout,
)

from gui import load
from gui.hindrances import of_requests
from gui.histogram import Histogram
from gui.numbers import count, duration
from gui.theme import Tone, TonedLabel

if TYPE_CHECKING:
    from multiprocessing.context import SpawnProcess

    from gui.load import Plan, Report
    from gui.main_window import MainWindow

POLL_EVERY_MS = 60
MOST_CLIENTS, MOST_REQUESTS = 500, 500_000
FIRST_CLIENTS, FIRST_REQUESTS = 10, 2_000
END_WITHIN_S = 1.0
PROGRESS_PX = 8
# A fork would copy a process with threads and a window: start afresh on every system.
_CONTEXT = multiprocessing.get_context("spawn")


class LoadProcess:
    """The child that sends. GUI thread; :meth:`latest` never waits."""

    def __init__(self, plan: Plan) -> None:
        self._pipe, theirs = _CONTEXT.Pipe(duplex=False)
        self._process: SpawnProcess = _CONTEXT.Process(
            target=load.run, args=(plan, theirs), name="Load test", daemon=True
        )
        self._process.start()
        theirs.close()
        self.is_over = False

    def latest(self) -> Report | None:
        """The newest report, if one has come. Afterwards ``is_over`` tells whether more can come."""
        newest = None
        try:
            while self._pipe.poll():
                newest = self._pipe.recv()
        except (EOFError, OSError):
            self.is_over = True
        if newest and newest.finished:
            self.is_over = True
        return newest

    def end(self) -> None:
        """End the child, whatever it does."""
        self._process.terminate()
        self._process.join(END_WITHIN_S)
        if self._process.exitcode is None:
            self._process.kill()
            self._process.join(END_WITHIN_S)
        self._pipe.close()
        self._process.close()
        self.is_over = True


class LoadDialog(QDialog):
    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._url = ""
        self._process: LoadProcess | None = None
        self.report: Report | None = None
        self.setWindowTitle(self.tr("Load test"))
        self.target = QLineEdit("/")
        self.clients = QSpinBox(minimum=1, maximum=MOST_CLIENTS, value=FIRST_CLIENTS)
        self.requests = QSpinBox(minimum=1, maximum=MOST_REQUESTS, value=FIRST_REQUESTS, singleStep=1000)
        self.keep_alive = QCheckBox(self.tr("&Keep connections open"))
        self.keep_alive.setChecked(True)
        self.hindrance = TonedLabel(Tone.WARNING)
        self.hindrance.setWordWrap(True)
        self.summary = TonedLabel(Tone.MUTED)
        self.summary.setWordWrap(True)
        self._progress = QProgressBar()
        self.histogram = Histogram()
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self.run_button = buttons.addButton(self.tr("&Run"), QDialogButtonBox.ButtonRole.ActionRole)
        self._lay_out(buttons)
        self._timer = QTimer(self, interval=POLL_EVERY_MS)
        self._timer.timeout.connect(self._poll)
        self.run_button.clicked.connect(self._run_or_cancel)
        buttons.rejected.connect(self.reject)
        self.run_button.setDefault(True)
        self.resize(720, 520)

    def _lay_out(self, buttons: QDialogButtonBox) -> None:
        note = TonedLabel(
            Tone.MUTED,
            self.tr(
                "Sent from this computer, which also serves: good for comparing settings, not for records. "
                "The log table records each request."
            ),
            smaller=True,
        )
        note.setWordWrap(True)
        self._progress.setTextVisible(False)
        self._progress.setMaximumHeight(PROGRESS_PX)
        self._progress.setAccessibleName(self.tr("Progress"))
        self._progress.setRange(0, 1)
        below = QHBoxLayout()
        below.addWidget(note, 1)
        below.addWidget(buttons)
        layout = QVBoxLayout(self)
        layout.setSpacing(10)
        layout.addLayout(self._make_fields())
        layout.addWidget(self.hindrance)
        layout.addWidget(self._progress)
        layout.addWidget(self.histogram, 1)
        layout.addWidget(self.summary)
        layout.addLayout(below)

    def _make_fields(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(4)
        fields = (
            (self.tr("&Page"), self.target),
            (self.tr("C&lients"), self.clients),
            (self.tr("R&equests"), self.requests),
        )
        for column, (text, editor) in enumerate(fields):
            label = QLabel(text)
            label.setBuddy(editor)
            editor.setAccessibleName(text.replace("&", ""))
            grid.addWidget(label, 0, column)
            grid.addWidget(editor, 1, column)
        self.requests.setGroupSeparatorShown(True)
        grid.setColumnStretch(0, 1)
        grid.addWidget(self.keep_alive, 1, 3)
        return grid

    @property
    def is_running(self) -> bool:
        return self._process is not None

    def refresh(self) -> None:
        """Take over where the server answers, and its settings; where it doesn't, what runs is ended."""
        config = self._window.controller.config
        self._url = url = self._window.controller.url
        self.hindrance.show_text(of_requests(config) if config else "")
        self.run_button.setEnabled(bool(url))
        if not url:
            self._stop(self.tr("The server has stopped."))

    def plan(self) -> Plan | None:
        """What the fields say; None where the page is none."""
        target = self.target.text().strip()
        if not re.fullmatch(r"/[!-~]*", target):
            return None
        where = urlsplit(self._url)
        return load.Plan(
            where.hostname or "", where.port or 80, target,
            self.clients.value(), self.requests.value(), self.keep_alive.isChecked(),
            where.scheme == "https",
        )  # fmt: skip

    @Slot()
    def start(self) -> None:
        plan = self.plan()
        if plan is None:
            self.summary.show_text(
                self.tr("The page begins with a slash and has no blanks, as /index.html."), Tone.ERROR
            )
            self.target.setFocus()
            return
        self.report = None
        self.histogram.show_report(None)
        self._progress.setRange(0, plan.requests)
        self._progress.setValue(0)
        self.summary.show_text(self.tr("Starting."), Tone.MUTED)
        self._process = LoadProcess(plan)
        self._timer.start()
        self._show_running()

    @Slot()
    def cancel(self) -> None:
        self._stop(self.tr("Cancelled."))

    def _stop(self, why: str) -> None:
        if self._process is None:
            return
        self._poll()
        if self._process is not None:
            self._end()
            self.summary.show_text(f"{why} {self.summary.text()}", Tone.BUSY)

    @Slot()
    def _run_or_cancel(self) -> None:
        if self.is_running:
            self.cancel()
        else:
            self.start()

    @Slot()
    def _poll(self) -> None:
        process = self._process
        if process is None:
            return
        if report := process.latest():
            self._show(report)
        if process.is_over:
            self._end()
            if self.report is None or not self.report.finished:
                self.summary.show_text(self.tr("The load test ended unexpectedly. Run it again."), Tone.ERROR)

    def _end(self) -> None:
        process, self._process = self._process, None
        self._timer.stop()
        if process is not None:
            process.end()
        self._show_running()

    def _show_running(self) -> None:
        self.run_button.setText(self.tr("C&ancel") if self.is_running else self.tr("&Run"))
        for editor in (self.target, self.clients, self.requests, self.keep_alive):
            editor.setEnabled(not self.is_running)

    def _show(self, report: Report) -> None:
        self.report = report
        self._progress.setValue(report.done)
        self.histogram.show_report(report)
        text = self.tr(
            "{done} requests in {took} s: {rate} a second. "
            "p50 {p50}, p95 {p95}, p99 {p99}, slowest {slowest}. {statuses}"
        ).format(
            done=count(report.done),
            took=QLocale().toString(report.took_s, "f", 1),
            rate=count(round(report.per_s)),
            p50=duration(report.p50_ms), p95=duration(report.p95_ms), p99=duration(report.p99_ms),
            slowest=duration(report.slowest_ms), statuses=self._statuses(report),
        )  # fmt: skip
        has_errors = report.failed or any(status >= 400 for status in report.statuses)
        tone = Tone.ERROR if has_errors else Tone.GOOD if report.finished else Tone.MUTED
        self.summary.show_text(text, tone)

    def _statuses(self, report: Report) -> str:
        parts = [
            f"{status}:\N{NO-BREAK SPACE}{count(number)}"
            for status, number in sorted(report.statuses.items())
        ]
        parts += [f"{problem}: {count(number)}" for problem, number in sorted(report.problems.items())]
        return self.tr("Answers: {answers}.").format(answers=", ".join(parts)) if parts else ""

    def done(self, result: int) -> None:
        self._end()
        super().done(result)
