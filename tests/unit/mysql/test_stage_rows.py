"""Where groups stand, on SQLite."""

from tests.integration.mysql.test_stage_rows import *  # noqa: F403 - the same cases on the stand-in
