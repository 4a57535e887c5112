"""Databases on either server, and both stores of a contract on them."""

from __future__ import annotations

import pytest

from tests.integration.servers import SqlServer


@pytest.fixture(params=["mysql", "mariadb"])
def sql_server(request: pytest.FixtureRequest) -> SqlServer:
    """Each SQL server."""
    found: SqlServer = request.getfixturevalue(f"{request.param}_server")
    return found
