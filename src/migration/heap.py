"""The garbage collector during a run: what was there before it is not looked through again and again."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def settled_heap() -> Iterator[None]:
    """Within the block, the collector passes over everything that was there at its beginning.

    Rows that come and go by the thousand make it look through the whole heap every few thousand of them: a contract,
    two drivers, the application. That took more time than the rows.
    """
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
