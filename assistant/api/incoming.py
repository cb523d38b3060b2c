"""A file on its way in a request: alone in the body, or as a part of a form; never in memory."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from typing import Any, Final

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from assistant.errors import AssistantError
from assistant.library.deposits import Reception

_FORM: Final = b"multipart/form-data"


class BodyError(AssistantError):
    """The body of the request is not one file."""

    code = "depot_mal_forme"


class Incoming:
    """The one file of a request.

    Args:
        content_type: header of the request.
        name: the name given apart from the body, if any; it wins over that of a form.
        begin: starts a reception under a name.
    """

    def __init__(
        self, content_type: str, name: str | None, begin: Callable[[str], Reception]
    ) -> None:
        self.reception: Reception | None = None
        self._name = name
        self._begin = begin
        self._held = ExitStack()
        self._headers: dict[str, bytes] = {}
        self._field, self._value = bytearray(), bytearray()
        self._in_file = self._complete = False
        kind, options = parse_options_header(content_type)
        self._parser = self._form(options) if kind == _FORM else None

    async def read(self, request: Request) -> Reception:
        """Receive the whole body.

        Raises:
            BodyError: it holds no file, or several.
            DepositError, StorageError: see `Library.receive`.
        """
        async for chunk in request.stream():
            if chunk:
                await run_in_threadpool(self._feed, chunk)
        if self._parser is not None and not self._complete:
            raise BodyError(
                "Le formulaire ne contient pas de fichier entier.",
                "Joignez un fichier, dans un champ qui porte son nom.",
            )
        if self.reception is None:
            await run_in_threadpool(self._feed, b"")
        assert self.reception is not None
        return self.reception

    def close(self) -> None:
        """Delete what was received, unless it was kept."""
        self._held.close()

    def _feed(self, chunk: bytes) -> None:
        if self._parser is not None:
            try:
                self._parser.write(chunk)
            except FormParserError as error:
                raise BodyError(
                    "Le formulaire envoyé est mal formé.", "Envoyez le fichier seul, en octets."
                ) from error
            return
        if self.reception is None:
            self._start(self._name)
        assert self.reception is not None
        self.reception.write(chunk)

    def _start(self, name: str | None) -> None:
        if not name:
            raise BodyError(
                "Le nom du fichier manque.",
                "Donnez-le dans le paramètre « nom », ou dans le formulaire.",
            )
        self.reception = self._held.enter_context(self._begin(name))

    # Forms

    def _form(self, options: dict[bytes, bytes]) -> MultipartParser:
        boundary = options.get(b"boundary", b"")
        if not 0 < len(boundary) <= 200:
            raise BodyError(
                "Le formulaire envoyé est mal formé.", "Envoyez le fichier seul, en octets."
            )
        callbacks: Any = {
            "on_part_begin": self._part_begins,
            "on_header_field": lambda data, start, end: self._field.extend(data[start:end]),
            "on_header_value": lambda data, start, end: self._value.extend(data[start:end]),
            "on_header_end": self._header_ends,
            "on_headers_finished": self._headers_finished,
            "on_part_data": self._part_data,
            "on_part_end": self._part_ends,
        }
        return MultipartParser(boundary, callbacks)

    def _part_begins(self) -> None:
        self._headers = {}

    def _header_ends(self) -> None:
        self._headers[self._field.decode("latin-1").lower()] = bytes(self._value)
        self._field.clear()
        self._value.clear()

    def _headers_finished(self) -> None:
        _, options = parse_options_header(self._headers.get("content-disposition", b""))
        name = options.get(b"filename")
        if name is None:
            return  # an ordinary field: nothing is asked of it
        if self.reception is not None:
            raise BodyError("Le formulaire contient plusieurs fichiers.", "Déposez-les un par un.")
        self._start(self._name or name.decode("utf-8", "surrogateescape"))
        self._in_file = True

    def _part_data(self, data: bytes, start: int, end: int) -> None:
        if self._in_file and self.reception is not None:
            self.reception.write(data[start:end])

    def _part_ends(self) -> None:
        if self._in_file:
            self._in_file, self._complete = False, True
