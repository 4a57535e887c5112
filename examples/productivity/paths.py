"""Where things are over HTTP: what a segment of a path can say, and the path of an event."""

from __future__ import annotations

import re
from typing import Annotated
from urllib.parse import quote

from pydantic import AfterValidator

# Blank is as bad as empty, and "." with spaces as ".": spaces at the end of an id are not stored.
_SEGMENT = re.compile(r"(?!\.{0,2} *\Z)[^/\x00-\x1f\x7f-\x9f]+")


def _said(text: str) -> str:
    """Refuse what no segment can say: dots are resolved, and a slash ends it, percent-encoded or not."""
    if not _SEGMENT.fullmatch(text):
        raise ValueError("must be one segment of a path: not blank, no / or control character, neither . nor ..")
    return text


Segment = Annotated[str, AfterValidator(_said)]
"""Text that can be a segment of a path, percent-encoded."""


def event_path(user_id: str, event_id: str) -> str:
    """The path of an event, percent-encoded (RFC 3986, 2.1)."""
    return f"/users/{quote(user_id, safe='')}/events/{quote(event_id, safe='')}"
