"""The dialogs that an action opens and the window does without until then: what each needs is loaded here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Slot

from gui.feature import DialogFeature

if TYPE_CHECKING:
    from PySide6.QtWidgets import QDialog

    from gui.checks_dialog import ChecksDialog
    from gui.main_window import MainWindow


class ShareFeature(DialogFeature):
    """``Server > QR code``."""

    ACTION = "share"
    WHILE_SERVING = True

    def make(self) -> QDialog:
        from gui.share_dialog import ShareDialog

        return ShareDialog(self.window)


class LoadFeature(DialogFeature):
    """``Extras > Load test``."""

    ACTION = "load_test"
    WHILE_SERVING = True

    def make(self) -> QDialog:
        from gui.load_dialog import LoadDialog

        return LoadDialog(self.window)


class SelfTestFeature(DialogFeature):
    """``Extras > Self-test``: begins at once, and anew each time; a server that stops ends it."""

    ACTION = "self_test"
    WHILE_SERVING = True

    def make(self) -> ChecksDialog:
        from gui.checks_dialog import ChecksDialog

        return ChecksDialog(self.window)

    @Slot()
    def open(self) -> None:
        if self.window.controller.config is None:
            return
        if self.dialog is not None:
            self.dialog.close()
            self.dialog.deleteLater()
        self.dialog = dialog = self.make()
        super().open()
        dialog.start()


class UsersFeature(DialogFeature):
    """``File > Users``. The file can be changed while the server runs, which reads it again."""

    ACTION = "users"

    def make(self) -> QDialog:
        from gui.users_dialog import UsersDialog

        return UsersDialog(self.window)


class MoreSettingsFeature(DialogFeature):
    """``File > More settings``, and the button of that name in the form."""

    ACTION = "more_settings"

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        window.form.more_wanted.connect(self.open_at)

    def make(self) -> QDialog:
        from gui.more_settings import MoreSettingsDialog

        return MoreSettingsDialog(self.window)

    @Slot(str)
    def open_at(self, name: str) -> None:
        """Show the dialog with the field of the setting ``name``; empty: with the page that it had."""
        self.open()
        self.dialog.show_setting(name)
