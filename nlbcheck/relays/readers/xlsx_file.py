"""What do the sheets of an Excel workbook say, merged cells said again in each place?"""

from __future__ import annotations

import re
import warnings
import zlib
from collections.abc import Iterator
from io import BytesIO
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile, ZipFile

from nlbcheck.relays.readers import printed
from nlbcheck.relays.readers.columns import ColumnsSaid
from nlbcheck.relays.readers.grid import Grid, GridLine
from nlbcheck.relays.tree import MOST_VALUES, Problems, shown
from nlbcheck.relays.understood import Content

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

_AREA = re.compile(
    rb"""<(?:\w+:)?(?:mergeCell|hyperlink)\b[^<>]*?\bref=["']\$?([A-Za-z]{1,3})\$?(\d{1,7}):\$?([A-Za-z]{1,3})\$?(\d{1,7})["']"""
)
"""An area of merged or linked cells, each of which openpyxl makes."""
_UTF_16 = (b"\xff\xfe", b"\xfe\xff", b"<\0", b"\0<")
"""How a part begins that is not written in one byte for each character."""
_MOST_BYTES = 16_000_000
"""The most bytes of all that is in a workbook, unpacked: of XML, openpyxl needs fifty times as many."""
_WIDEST = 200
"""The most columns of a sheet that are read."""


def read(content: bytes, problems: Problems, asked: ColumnsSaid = ()) -> Content:
    """Return the rows of the sheets that have the needed columns, as one.

    Raises InputError where openpyxl is not installed, and where the workbook is none or is too large.
    """
    _check_size(content, problems)
    book = _book(content, problems)
    return printed.read(_grids(book, problems), problems, asked, "a sheet with a line of headings")


def _check_size(content: bytes, problems: Problems) -> None:
    """Raise InputError for what is no archive, and for one that would fill the memory."""
    spread = 0
    try:
        with ZipFile(BytesIO(content)) as archive:
            unpacked = sum(item.file_size for item in archive.infolist())
            if unpacked <= _MOST_BYTES:
                spread = sum(_spread(archive.read(item)) for item in archive.infolist())
    except (BadZipFile, ValueError, OSError, RuntimeError, NotImplementedError, zlib.error):
        problems.add(0, "is not an Excel workbook (.xlsx)")
        raise problems.error() from None
    if unpacked > _MOST_BYTES:
        problems.add(0, f"has {unpacked} bytes unpacked: a workbook may have {_MOST_BYTES}; save it as CSV")
        raise problems.error()
    if spread > MOST_VALUES:
        problems.add(0, f"has {spread:,} merged or linked cells: a workbook may have {MOST_VALUES:,}")
        raise problems.error()


def _spread(part: bytes) -> int:
    """Return how many cells the merged and linked areas of a sheet have."""
    if part[:2] in _UTF_16:
        part = part.replace(b"\0", b"")
    found = 0
    for area in _AREA.finditer(part):
        columns = [_number(area[place].decode()) for place in (1, 3)]
        found += (abs(columns[1] - columns[0]) + 1) * (abs(int(area[4]) - int(area[2])) + 1)
    return found


def _number(letters: str) -> int:
    """Return a column's number: ``A`` is 1, ``XFD`` is 16,384."""
    return sum((ord(letter) & 31) * 26**place for place, letter in enumerate(reversed(letters)))


def _book(content: bytes, problems: Problems) -> Workbook:
    try:
        from openpyxl import load_workbook
    except ImportError:
        problems.add(0, "is an Excel workbook: install nlbcheck[xlsx] to read it, or save it as CSV")
        raise problems.error() from None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what a workbook has besides cells
            return load_workbook(BytesIO(content), data_only=True, keep_links=False)
    except Exception as error:
        problems.add(0, f"is not an Excel workbook that can be read ({type(error).__name__})")
        raise problems.error() from None


def _grids(book: Workbook, problems: Problems) -> Iterator[Grid]:
    """Yield every visible sheet."""
    left = MOST_VALUES
    sheets: list[Worksheet] = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
    for sheet in sheets:
        left -= min(sheet.max_column, _WIDEST) * sheet.max_row
        if left < 0:
            problems.add(0, f"has more than {MOST_VALUES:,} cells, those between others counted")
            raise problems.error()
        place = f"sheet {shown(sheet.title)}"
        name = place if len(sheets) > 1 else ""
        yield Grid(place, _lines(sheet), is_loose=True, sheet=name, notes=_hidden(book, sheet, sheets))


def _hidden(book: Workbook, sheet: Worksheet, sheets: list[Worksheet]) -> list[str]:
    """Return, with the first sheet, what is not read because nobody sees it."""
    names = [shown(other.title) for other in book.worksheets if other not in sheets]
    return [f"hidden sheets that are not read: {', '.join(names)}"] if names and sheet is sheets[0] else []


def _lines(sheet: Worksheet) -> Iterator[GridLine]:
    """Yield the rows of a sheet that say something."""
    merged = _merged(sheet)
    for number, cells in enumerate(sheet.iter_rows(max_col=min(sheet.max_column, _WIDEST)), 1):
        anchors = [merged.get((number, column), cell) for column, cell in enumerate(cells, 1)]
        texts = [_text(cell.value) for cell in anchors]
        struck = frozenset(at for at, cell in enumerate(anchors) if texts[at] and _is_struck(cell))
        if any(texts):
            yield GridLine(number, texts, struck)


def _merged(sheet: Worksheet) -> dict[tuple[int, int], Any]:
    """Return the cell that each merged place shows."""
    last = (sheet.max_row, min(sheet.max_column, _WIDEST))
    return {
        (row, column): sheet.cell(area.min_row, area.min_col)
        for area in sheet.merged_cells.ranges
        for row in range(area.min_row, min(area.max_row, last[0]) + 1)
        for column in range(area.min_col, min(area.max_col, last[1]) + 1)
    }


def _is_struck(cell: Any) -> bool:  # noqa: ANN401
    return bool(cell.font and cell.font.strike)


def _text(value: object) -> str:
    """Return what a cell shows; whole numbers without a decimal point."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()
