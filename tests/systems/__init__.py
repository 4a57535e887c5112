"""Whole systems on crossfade: their operations and access patterns, written once, tried on every store and stage.

Each module defines a `System`; `tests.systems.system.SYSTEMS` lists them. How many patterns were tried where is printed
at the end of a run.
"""

import pytest

from tests.systems.system import SYSTEMS

for _name in SYSTEMS:
    pytest.register_assert_rewrite(f"tests.systems.{_name}")
