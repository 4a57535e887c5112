"""What may be told of values: keys in full, what is sensitive by a digest. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from crossfade.contract.model import Entity
from crossfade.contract.template import Slot

REDACTED = "(redacted)"


def digest(value: Any) -> str:
    """Tells values apart without telling them: the beginning of the SHA-256 of the value's text."""
    return f"sha256:{hashlib.sha256(str(value).encode()).hexdigest()[:16]}"


def key_texts(entity: Entity, record: Mapping[str, Any]) -> dict[str, str]:
    """An entity's key as text, sensitive fields by their digests; empty where the record does not tell it."""
    if any(field not in record for field in entity.key):
        return {}
    return {
        f: digest(record[f])
        if f in entity.sensitive
        else str(Slot(f, type=entity.fields[f].value_type).text(record[f]))
        for f in entity.key
    }
