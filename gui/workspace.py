"""Where things are in the window: buttons above, settings at the left, log, pages below it, figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, Qt, Signal, Slot
from PySide6.QtWidgets import QFrame, QScrollArea, QSplitter, QTabWidget, QVBoxLayout, QWidget

from gui.card import Card
from gui.flat_tabs import FlatTabBar

if TYPE_CHECKING:
    from gui.settings import Settings

SIDEBAR_PX, LOWER_PX, FIRST_SIZE_PX = 280, 230, (1280, 800)
GAP_PX = 12


class LowerPane(QTabWidget):
    """Pages below the log. Whoever has one adds it with ``addTab`` and shows it with :meth:`bring_up`."""

    wanted = Signal()
    """A page is to be seen: the pane may be hidden."""

    def __init__(self) -> None:
        super().__init__()
        self.setTabBar(FlatTabBar())
        self.setDocumentMode(True)
        self.setUsesScrollButtons(True)
        for named in (self, self.tabBar()):
            named.setAccessibleName(self.tr("Pages"))

    def bring_up(self, page: QWidget) -> None:
        self.setCurrentWidget(page)
        self.wanted.emit()


class Workspace(QWidget):
    """Only the layout; it knows nothing of what the parts do."""

    sidebar_shown = Signal(bool)
    lower_shown = Signal(bool)

    def __init__(
        self, bar: QWidget, banner: QWidget, form: QWidget, log: QWidget, lower: LowerPane, strip: QWidget
    ) -> None:
        super().__init__()
        self._lower = lower
        self._sidebar = Card(_scrolling(form))
        self._columns = _splitter(Qt.Orientation.Vertical, log, lower)
        self._columns.setSizes([FIRST_SIZE_PX[1] - LOWER_PX, LOWER_PX])
        self._columns.setStretchFactor(0, 1)
        self._rows = _splitter(Qt.Orientation.Horizontal, self._sidebar, self._columns)
        self._rows.setSizes([SIDEBAR_PX, FIRST_SIZE_PX[0] - SIDEBAR_PX])
        self._rows.setStretchFactor(1, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(GAP_PX, GAP_PX, GAP_PX, 8)
        layout.setSpacing(GAP_PX)
        layout.addWidget(bar)
        layout.addWidget(banner)
        layout.addWidget(self._rows, 1)
        layout.addWidget(strip)
        lower.wanted.connect(self.show_lower)

    @Slot(bool)
    def show_sidebar(self, shown: bool = True) -> None:
        self._sidebar.setVisible(shown)
        self.sidebar_shown.emit(shown)

    @Slot(bool)
    def show_lower(self, shown: bool = True) -> None:
        self._lower.setVisible(shown)
        self.lower_shown.emit(shown)

    def restore(self, settings: Settings) -> None:
        for name, splitter in (("sidebar", self._rows), ("lower", self._columns)):
            if state := settings.packed(name):
                splitter.restoreState(QByteArray(state))
        hidden = settings.window.get("hidden", "").split()
        self.show_sidebar("sidebar" not in hidden)
        self.show_lower("lower" not in hidden)

    def remember(self, settings: Settings) -> None:
        for name, splitter in (("sidebar", self._rows), ("lower", self._columns)):
            settings.pack(name, bytes(splitter.saveState().data()))
        parts = (("sidebar", self._sidebar), ("lower", self._lower))
        settings.window["hidden"] = " ".join(name for name, part in parts if part.isHidden())


def _scrolling(form: QWidget) -> QScrollArea:
    """The form is as wide as it gets and as tall as it needs."""
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.viewport().setAutoFillBackground(False)
    area.setWidget(form)
    form.setAutoFillBackground(False)
    # With room for the bar that comes where errors make the form taller: it must cover none of them.
    area.setMinimumWidth(form.minimumSizeHint().width() + area.verticalScrollBar().sizeHint().width())
    return area


def _splitter(orientation: Qt.Orientation, *parts: QWidget) -> QSplitter:
    splitter = QSplitter(orientation)
    splitter.setHandleWidth(GAP_PX)
    splitter.setChildrenCollapsible(False)
    for part in parts:
        splitter.addWidget(part)
    return splitter
