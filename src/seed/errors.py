"""Why rows cannot be made."""

from __future__ import annotations

from crossfade.contract.errors import CrossfadeError


class SeedError(CrossfadeError, ValueError):
    """A schema, a contract or a request that no rows can be made for; the message says what to change."""
