"""What do the sheets of an Excel workbook say, merged cells said again in each place?"""

from __future__ import annotations

import warnings
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

_MOST_XML = 16_000_000
"""The most bytes of XML in a workbook, unpacked: openpyxl needs fifty times as many."""
_MOST_BYTES = 64_000_000
"""The most bytes of all that is in a workbook, unpacked."""
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
    try:
        with ZipFile(BytesIO(content)) as archive:
            sizes = [
                (item.file_size, item.filename.endswith((".xml", ".rels"))) for item in archive.infolist()
            ]
    except (BadZipFile, ValueError, OSError):
        problems.add(0, "is not an Excel workbook (.xlsx)")
        raise problems.error() from None
    xml, all_bytes = sum(size for size, is_xml in sizes if is_xml), sum(size for size, _ in sizes)
    if xml > _MOST_XML or all_bytes > _MOST_BYTES:
        problems.add(
            0,
            f"has {all_bytes} bytes unpacked, {xml} of them XML: a workbook may have {_MOST_BYTES}, and "
            f"{_MOST_XML} of XML",
        )
        raise problems.error()


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
