"""The card that stands on a table of the corridors: its number, and a code that brings a phone there."""

from __future__ import annotations

from dataclasses import dataclass

import qrcode
from qrcode.constants import ERROR_CORRECT_M


@dataclass(frozen=True)
class Card:
    """One table. `path`: the code as an SVG path of unit squares; `size`: squares a side, quiet zone included."""

    table: int
    address: str
    path: str
    size: int


def card(table: int, address: str) -> Card:
    """The card of a table. The address names the table and opens nothing by itself: one signs in, as anywhere."""
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_M, border=2)
    code.add_data(address)
    code.make(fit=True)
    rows = code.get_matrix()
    path = "".join(f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, dark in enumerate(row) if dark)
    return Card(table, address, path, len(rows))
