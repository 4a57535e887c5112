"""Shapes as well-known binary (OGC 06-103r4, section 8.2): one form for each, whatever byte order it was given in.

The form is little-endian, with x (longitude) before y (latitude). Where a shape lies in a reference system that
its column does not declare, the number of the system stands in it too, as PostGIS's EWKB has it.
"""

from __future__ import annotations

import math
import struct

SRID_FLAG = 0x20000000
_POINT, _LINE, _POLYGON, _COLLECTION = 1, 2, 3, 7
_POINT_BYTES = 16
_MOST_LEVELS = 100


def normal(content: bytes) -> bytes:
    """The one form of a shape.

    Args:
        content: WKB or EWKB, of either byte order, in two dimensions.

    Raises:
        ValueError: it is neither; the message reads on after the field's name.
    """
    reader = _Reader(content)
    try:
        found = reader.shape(top=True)
    except struct.error:
        raise ValueError("is a shape that ends too early") from None
    if reader.position != len(content):
        raise ValueError("is a shape with more behind its end")
    return found


def split(content: bytes) -> tuple[int | None, bytes]:
    """The reference system that a shape in its one form names, or None, and the shape without it."""
    (kind,) = struct.unpack_from("<I", content, 1)
    if not kind & SRID_FLAG:
        return None, content
    (srid,) = struct.unpack_from("<I", content, 5)
    return srid, content[:1] + struct.pack("<I", kind & ~SRID_FLAG) + content[9:]


def joined(srid: int, content: bytes) -> bytes:
    """A shape in its one form that names its reference system."""
    (kind,) = struct.unpack_from("<I", content, 1)
    return content[:1] + struct.pack("<II", kind | SRID_FLAG, srid) + content[5:]


class _Reader:
    def __init__(self, content: bytes) -> None:
        self.content = content
        self.position = 0

    def shape(self, *, top: bool = False, level: int = 0) -> bytes:
        if level > _MOST_LEVELS:
            raise ValueError("is a shape of shapes too deep inside each other")
        (order,) = self._take("B")
        if order not in {0, 1}:
            raise ValueError("is no shape in well-known binary")
        sign = "<" if order else ">"
        (kind,) = self._take(f"{sign}I")
        named = bool(kind & SRID_FLAG)
        (srid,) = self._take(f"{sign}I") if named else (0,)
        kind &= ~SRID_FLAG
        made = b"\x01" + struct.pack("<I", kind) + self._body(kind, sign, level)
        return joined(srid, made) if top and srid else made

    def _body(self, kind: int, sign: str, level: int) -> bytes:
        if kind == _POINT:
            return self._points(1, sign)
        if not _LINE <= kind <= _COLLECTION:
            raise ValueError("is no shape in two dimensions")
        (count,) = self._take(f"{sign}I")
        head: bytes = struct.pack("<I", count)
        if kind == _LINE:
            return head + self._points(count, sign)
        if kind == _POLYGON:
            return head + b"".join(self._ring(sign) for _ in range(count))
        return head + b"".join(self.shape(level=level + 1) for _ in range(count))

    def _ring(self, sign: str) -> bytes:
        (count,) = self._take(f"{sign}I")
        return struct.pack("<I", count) + self._points(count, sign)

    def _points(self, count: int, sign: str) -> bytes:
        # Looked at first: a count that the bytes do not bear out would be a large format.
        if count * _POINT_BYTES > len(self.content) - self.position:
            raise struct.error
        numbers = self._take(f"{sign}{2 * count}d")
        if not all(map(math.isfinite, numbers)):
            raise ValueError("is a shape with a coordinate that is no number")
        return struct.pack(f"<{2 * count}d", *numbers)

    def _take(self, form: str) -> tuple[int, ...]:
        found = struct.unpack_from(form, self.content, self.position)
        self.position += struct.calcsize(form)
        return found
