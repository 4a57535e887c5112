"""Password hashes: scrypt with a salt of each one's own."""

from __future__ import annotations

import hashlib
import hmac
import os

# 16 MiB, five times over: a minimum that the OWASP Password Storage Cheat Sheet gives for scrypt.
_COST = {"n": 2**14, "r": 8, "p": 5}


def hash_password(password: str, salt: bytes | None = None) -> str:
    """The text to store; `salt` is random by default."""
    chosen = os.urandom(16) if salt is None else salt
    return f"{chosen.hex()}${_digest(password, chosen)}"


def is_password(password: str, stored: str) -> bool:
    """Whether `stored` was made of `password`."""
    salt, _, digest = stored.partition("$")
    return hmac.compare_digest(_digest(password, bytes.fromhex(salt)), digest)


def _digest(password: str, salt: bytes) -> str:
    return hashlib.scrypt(password.encode(), salt=salt, maxmem=64 * 2**20, **_COST).hex()
