"""The one way the rules say no."""

from __future__ import annotations

from django.utils.functional import Promise


class Refused(Exception):
    """The rules do not allow this; nothing was changed.

    `code` is stable ("floor.list_closed") and what tests assert; `message` is a lazy text that says what to do,
    rendered in the reader's language by whoever shows it.
    """

    def __init__(self, code: str, message: str | Promise) -> None:
        super().__init__(code)
        self.code = code
        self.message = message
