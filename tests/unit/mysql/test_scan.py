"""The walk over a source table, on SQLite."""

from tests.integration.mysql.test_scan import *  # noqa: F403 - the same cases on the stand-in
