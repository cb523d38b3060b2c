"""The catalogue of public sources: well-formed, unambiguous, and honest about its limits."""

from __future__ import annotations

import tomllib
from pathlib import Path
from urllib.parse import urlsplit

from assistant.model import KIND_LABELS

CATALOGUE = Path(__file__).resolve().parents[2] / "corpus" / "catalogue.toml"
TEXT = CATALOGUE.read_text(encoding="utf-8")
SOURCES = tomllib.loads(TEXT)["source"]


def test_ids_and_addresses_are_unique() -> None:
    for field in ("id", "url"):
        values = [source[field] for source in SOURCES]
        assert len(values) == len(set(values)) == len(SOURCES)


def test_addresses_are_plain_web_addresses() -> None:
    for source in SOURCES:
        parts = urlsplit(source["url"])
        assert parts.scheme in {"http", "https"}, source["id"]
        assert parts.hostname and "." in parts.hostname
        assert not parts.hostname.endswith(".")
        assert parts.username is None


def test_every_source_says_what_it_is() -> None:
    for source in SOURCES:
        assert source["title"].strip() and source["publisher"].strip() and source["type"].strip()
        assert source["kind"] in KIND_LABELS
        assert isinstance(source["official"], bool)
        assert source["licence"]
        assert source.get("year") is None or 2000 < source["year"] < 2100


def test_the_reader_is_warned_that_addresses_were_not_checked() -> None:
    header = TEXT.split("[[source]]")[0]
    assert "NON VÉRIFIÉES" in header
    assert all(line.startswith("#") for line in header.splitlines() if line)
