"""What a check of an installation finds."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Literal

Severity = Literal["ok", "attention", "erreur"]


@dataclass(frozen=True, slots=True)
class Check:
    """Verdict of one check; `message` and `remedy` are in French."""

    name: str
    severity: Severity
    message: str
    remedy: str = ""

    def as_dict(self) -> dict[str, str]:
        """The JSON form."""
        return asdict(self)
