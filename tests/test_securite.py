"""The threat model names the tests that hold it: each must exist."""

from __future__ import annotations

import re
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")


def test_every_test_named_by_the_threat_model_exists() -> None:
    text = (REPOSITORY / "docs" / "securite.md").read_text(encoding="utf-8")
    named = set(NAMED.findall(text))
    assert len(named) > 50
    missing = [
        f"{file}::{name}"
        for file, name in sorted(named)
        if not (REPOSITORY / file).is_file()
        or f"def {name}(" not in (REPOSITORY / file).read_text(encoding="utf-8")
    ]
    assert missing == []
    assert all(f"LLM{rank:02d}" in text for rank in range(1, 11))
