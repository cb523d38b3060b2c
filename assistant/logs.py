"""The technical log: one event a line, that nothing typed by anybody can forge.

It says what the software met, never what people asked: questions and secrets stay out of it. Each
line carries the identifier of the request it belongs to, which the response carries too.
"""

from __future__ import annotations

import json
import logging
import re
import sys
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Final, Literal

request_id: ContextVar[str] = ContextVar("request_id", default="")
"""Identifier of the request being served; empty outside of any."""

_ACCEPTED: Final = re.compile(r"[A-Za-z0-9._\-]{8,64}")
_SECRETS: Final = re.compile(
    r"(?i)\basst_[A-Za-z0-9_\-]+|\b(bearer|basic)\s+[A-Za-z0-9._~+/=\-]{8,}"
    r"|(?<=[?&])(key|token|cle|code|state)=[^&\s]+"
)
_LEVELS: Final = {
    logging.DEBUG: "detail",
    logging.INFO: "information",
    logging.WARNING: "attention",
    logging.ERROR: "erreur",
    logging.CRITICAL: "critique",
}


def accepted_id(given: str | None) -> str | None:
    """An identifier that a caller may choose for its request; `None` when it may not.

    Letters, digits and « . _ - » only: it goes into a header and into the log as it is.
    """
    return given if given is not None and _ACCEPTED.fullmatch(given) else None


def without_secrets(text: str) -> str:
    """The same text, without the keys and tokens that a library may have put in it."""
    return _SECRETS.sub("[secret]", text)


class JsonLines(logging.Formatter):
    """Each record as one JSON object on one line."""

    def format(self, record: logging.LogRecord) -> str:
        """Write a record."""
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line: dict[str, str] = {
            "at": at,
            "level": _LEVELS.get(record.levelno, record.levelname),
            "logger": record.name,
            "message": without_secrets(record.getMessage()),
        }
        if found := request_id.get():
            line["request_id"] = found
        if record.exc_info:
            line["trace"] = without_secrets(self.formatException(record.exc_info))
        # ASCII: neither a line separator nor a terminal command survives.
        return json.dumps(line, ensure_ascii=True)


class TextLines(logging.Formatter):
    """Each record on one line; a trace is put on lines of its own, indented."""

    def format(self, record: logging.LogRecord) -> str:
        """Write a record."""
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        found = request_id.get()
        level = _LEVELS.get(record.levelno, record.levelname)
        said = f"{at} {level} {record.name}{f' [{found}]' if found else ''} : "
        said += _one_line(without_secrets(record.getMessage()))
        if record.exc_info:
            trace = without_secrets(self.formatException(record.exc_info)).splitlines()
            said += "".join(f"\n    {_one_line(line)}" for line in trace)
        return said


def configure(form: Literal["texte", "json"], *, level: int = logging.WARNING) -> None:
    """Write the log of this process to standard error.

    Args:
        form: text for a person, JSON for a machine.
        level: below it, what libraries say is left out.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if form == "json" else TextLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    logging.getLogger("assistant").setLevel(min(level, logging.INFO))
    logging.captureWarnings(True)


def _one_line(text: str) -> str:
    """Text in which no line begins by itself and no terminal obeys."""
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode() for char in text
    )
