"""Every order in which the steps of a few participants can happen, tried on the real code.

The models in `tests.unit.models` say which rules the protocol needs; here the code itself is stepped by hand. Each
participant runs in a thread of its own, and exactly one of them runs at a time, from one step to the next: to the first
statement of a transaction, to a commit that others wait for, to a request to DynamoDB. SQLite stands in for MySQL, with
the locks that MySQL would give (`locks`); moto for DynamoDB.
"""
