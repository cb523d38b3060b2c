"""The instructions given to the language model: files a person can read, date and change.

A file holds, between two lines of `---`, a `version:` and the `variables:` it uses, then its
text, where `{{ nom }}` stands for a variable. Values are put in once and never read again: a
page that writes `{{ question }}` stays a page that writes `{{ question }}`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from assistant.errors import PromptError

_VARIABLE = re.compile(r"\{\{\s*([a-z_]+)\s*\}\}")
_HEADER = re.compile(r"\A---\r?\n(?P<head>.*?)\r?\n---\r?\n(?P<body>.*)\Z", re.DOTALL)
_COMMENT = re.compile(r"<!--.*?-->\s*", re.DOTALL)
_REMEDY = (
    "Rétablissez ce fichier tel qu’il était, ou corrigez son en-tête (voir prompts/README.md)."
)


@dataclass(frozen=True, slots=True)
class Prompt:
    """A template.

    Attributes:
        name: name of its file, without extension.
        version: as the file says.
        variables: names it needs, all of them.
        text: its text, variables not yet replaced.
        digest: first characters of the SHA-256 of the file: an edited file shows.
    """

    name: str
    version: str
    variables: frozenset[str]
    text: str
    digest: str

    @property
    def identity(self) -> str:
        """Name, version and digest, as answers record them."""
        return f"{self.name} {self.version} ({self.digest})"

    def fill(self, values: Mapping[str, str]) -> str:
        """The text with its variables replaced, in one pass.

        Raises:
            KeyError: `values` has not exactly the variables of the template.
        """
        if values.keys() != self.variables:
            raise KeyError(f"{self.name}: {sorted(values)} instead of {sorted(self.variables)}")
        return _VARIABLE.sub(lambda match: values[match[1]], self.text)


def load_prompt(folder: Path, name: str) -> Prompt:
    """Read a template.

    Args:
        folder: where the templates are.
        name: name of its file, without extension.

    Raises:
        PromptError: it is missing, or its header does not agree with its text.
    """
    path = folder / f"{name}.md"
    try:
        changed = path.stat().st_mtime_ns
        return _read(path, changed)
    except (OSError, UnicodeDecodeError) as error:
        raise PromptError(f"La consigne « {path.name} » ne peut pas être lue.", _REMEDY) from error


@lru_cache(maxsize=32)
def _read(path: Path, _changed: int) -> Prompt:
    raw = path.read_bytes()
    match = _HEADER.match(raw.decode("utf-8"))
    if match is None:
        raise PromptError(f"La consigne « {path.name} » n’a pas d’en-tête.", _REMEDY)
    head: dict[str, str] = {}
    for line in match["head"].splitlines():
        name, _, value = line.partition(":")
        head[name.strip()] = value.strip()
    names = (name.strip() for name in head.get("variables", "").split(","))
    declared = frozenset(name for name in names if name)
    text = _COMMENT.sub("", match["body"]).strip()
    used = frozenset(_VARIABLE.findall(text))
    if not head.get("version") or declared != used:
        raise PromptError(
            f"L’en-tête de la consigne « {path.name} » ne dit pas sa version, ou d’autres "
            "variables que son texte.",
            _REMEDY,
        )
    return Prompt(path.stem, head["version"], used, text, hashlib.sha256(raw).hexdigest()[:8])
