"""Reading Markdown: rendered by markdown-it-py, then read as the web page it describes."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from assistant.ingestion.readers.encoding import decode
from assistant.ingestion.readers.html import read_markup
from assistant.model import ReadDocument

_FRONT: Final = re.compile(r"\A---[ \t]*\n(?P<body>.*?)\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_FIELD: Final = re.compile(r"^(?P<key>title|titre|author|auteur)\s*:\s*(?P<value>.+)$", re.I | re.M)
_NOTE: Final = re.compile(r"^(\[\^[^\]\n]+\]):", re.MULTILINE)
_KEYS: Final = {"titre": "title", "auteur": "author"}


def read_markdown(path: Path, *, max_pages: int) -> ReadDocument:
    """Read a Markdown file (CommonMark, with tables and struck text).

    Args:
        path: the file.
        max_pages: more sections than this is refused.

    Raises:
        UnreadableFileError: `vide` or `trop_de_pages`.
    """
    from markdown_it import MarkdownIt

    text, warnings = decode(path.read_bytes())
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    info: dict[str, str] = {}
    front = _FRONT.match(text)
    if front is not None:
        for field in _FIELD.finditer(front["body"]):
            key = field["key"].lower()
            info[_KEYS.get(key, key)] = field["value"].strip().strip("\"'")
        text = text[front.end() :]
    # « [^1]: note » would be taken for the address of a link, and lost.
    text = _NOTE.sub(r"\\\1 :", text)
    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    return read_markup(path, parser.render(text), max_pages=max_pages, warnings=warnings, info=info)
