"""Secrets that open the assistant: drawn at random, shown once, kept as a digest only.

A digest without salt nor slow derivation (SHA-256) is right here, and would be wrong for a
password: the secret is 256 random bits that nobody chose, so that neither a dictionary nor a
table of digests helps whoever reads the file, while every request pays for the computation.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import Final

SECRET_BYTES: Final = 32


def new_secret() -> str:
    """256 random bits, as 43 characters that need no quoting anywhere."""
    return secrets.token_urlsafe(SECRET_BYTES)


def digest(secret: str) -> bytes:
    """What is kept of a secret."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).digest()


def same(kept: bytes, presented: bytes) -> bool:
    """Whether two digests are equal, in a time that does not depend on where they differ."""
    return hmac.compare_digest(kept, presented)


def proof(secret: str, purpose: str) -> str:
    """A value that only whoever knows the secret can make, and that does not tell it.

    Args:
        secret: the secret.
        purpose: what the value is for; another purpose gives another value.
    """
    return hmac.new(secret.encode(), purpose.encode(), hashlib.sha256).hexdigest()


def proven(secret: str, purpose: str, presented: str) -> bool:
    """Whether a value is the proof that the secret gives for this purpose."""
    return hmac.compare_digest(proof(secret, purpose).encode(), presented.encode())
