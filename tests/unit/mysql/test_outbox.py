"""The outbox, on SQLite."""

from tests.integration.mysql.test_outbox import *  # noqa: F403 - the same cases on the stand-in
