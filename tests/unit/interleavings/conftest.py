"""Both stores, made once for all tests of this folder, and what is told of them in the end."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.unit.interleavings.world import World, opened


@pytest.fixture(scope="package")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Both stores."""
    with opened(tmp_path_factory.mktemp("interleavings")) as found:
        yield found
