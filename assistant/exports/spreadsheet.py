"""Tables for spreadsheets: CSV as French software reads it, and XLSX."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from assistant.exports.document import plain

Value = str | int | float | date | None

_FORMULA: Final = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")
_CELL_CHARS: Final = 32_767
"""Characters that a cell of a spreadsheet may hold (Excel's specifications and limits)."""
_CUT: Final = " […]"


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table with its header row.

    Attributes:
        name: of the tab, at most 31 characters, letters and spaces.
        widths: of the columns, in characters; 16 for those not given.
    """

    name: str
    header: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]
    widths: tuple[int, ...] = ()


def inert_cell(text: str) -> str:
    """Give text that no spreadsheet takes for a formula (CWE-1236)."""
    return f"'{text}" if text.lstrip(" \u00a0").startswith(_FORMULA) else text


def csv_bytes(header: Sequence[str], rows: Sequence[Sequence[Value]]) -> bytes:
    """Write a table as CSV: UTF-8 with its mark, semicolons, decimal commas, dates as 31/07/2025.

    Without the mark, a French spreadsheet reads another encoding and breaks the accents.
    """
    output = io.StringIO()
    writer = csv.writer(output, delimiter=";", lineterminator="\r\n")
    writer.writerow(header)
    for row in rows:
        writer.writerow([_csv_cell(value) for value in row])
    return output.getvalue().encode("utf-8-sig")


def _csv_cell(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.4g}".replace(".", ",")
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    return inert_cell(_cell_text(value)) if isinstance(value, str) else str(value)


def _cell_text(text: str) -> str:
    text = plain(text)
    return text if len(text) <= _CELL_CHARS - 1 else text[: _CELL_CHARS - 1 - len(_CUT)] + _CUT


def xlsx_bytes(sheets: Sequence[Sheet], *, title: str, made: datetime | None = None) -> bytes:
    """Write tables as an Office Open XML workbook; text stays text, whatever it begins with.

    Args:
        sheets: one or more tables.
        title: kept in the properties of the file.
        made: when it was made, kept in the properties.
    """
    import xlsxwriter

    stream = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(stream, options) as book:
        book.set_properties({"title": plain(title), "author": "Assistant", "created": made})
        top = {"valign": "top", "text_wrap": True}
        bold = book.add_format({**top, "bold": True, "bg_color": "#E4E6F1", "border": 1})
        text = book.add_format(top)
        day = book.add_format({**top, "num_format": "dd/mm/yyyy"})
        for sheet in sheets:
            page = book.add_worksheet(sheet.name)
            for column, name in enumerate(sheet.header):
                width = sheet.widths[column] if column < len(sheet.widths) else 16
                page.set_column(column, column, width)
                page.write_string(0, column, name, bold)
            for line, row in enumerate(sheet.rows, start=1):
                for column, value in enumerate(row):
                    if isinstance(value, str):
                        page.write_string(line, column, _cell_text(value), text)
                    elif isinstance(value, date):
                        page.write_datetime(line, column, _day(value), day)
                    elif value is not None:
                        page.write_number(line, column, value, text)
            page.freeze_panes(1, 0)
            page.repeat_rows(0)
            page.set_landscape()
            page.set_paper(9)  # A4
            page.fit_to_pages(1, 0)
            page.autofilter(0, 0, max(len(sheet.rows), 1), len(sheet.header) - 1)
    return stream.getvalue()


def _day(value: date) -> datetime:
    """The day at midnight: a spreadsheet keeps no time zone."""
    return datetime(value.year, value.month, value.day)
