"""Crossfade's own tables, on SQLite."""

from tests.integration.mysql.test_install import *  # noqa: F403 - the same cases on the stand-in
