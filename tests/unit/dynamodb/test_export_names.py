"""Names that other tools allow."""

from __future__ import annotations

from crossfade.dynamodb.export_names import block_names, logical_names


def test_logical_names() -> None:
    found = logical_names(["Users", "crossfade_lookup", "my-users", "my.users"], "Table")
    assert found == {
        "Users": "UsersTable",
        "crossfade_lookup": "CrossfadeLookupTable",
        "my-users": "MyUsersTable",
        "my.users": "MyUsersTable2",
    }


def test_block_names() -> None:
    assert block_names(["Users", "my.users", "my_users", "my_users2", "2024-log"]) == {
        "Users": "Users",
        "my.users": "my_users",
        "my_users": "my_users2",
        "my_users2": "my_users22",
        "2024-log": "_2024-log",
    }
