"""What a MySQL or MariaDB server says about its tables, from information_schema."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa

from crossfade.contract.source import Action, ForeignKey, SourceColumn, SourceSchema, SourceTable
from crossfade.contract.types import ValueType, parse_sql_type

_TABLES = "SELECT table_name AS name, engine AS engine FROM information_schema.tables WHERE table_schema = DATABASE()"
_COLUMNS = """
    SELECT table_name AS tab, column_name AS name, column_type AS type, is_nullable AS nullable,
           column_default AS def, extra AS extra, collation_name AS collation{srid}
    FROM information_schema.columns WHERE table_schema = DATABASE() ORDER BY table_name, ordinal_position"""
_INDEXES = """
    SELECT table_name AS tab, index_name AS name, non_unique AS plain, column_name AS col
    FROM information_schema.statistics WHERE table_schema = DATABASE()
    ORDER BY table_name, index_name, seq_in_index"""
_KEYS = """
    SELECT k.table_name AS tab, k.constraint_name AS name, k.column_name AS col, k.referenced_table_name AS other,
           k.referenced_column_name AS target, r.delete_rule AS on_delete, r.update_rule AS on_update
    FROM information_schema.key_column_usage k JOIN information_schema.referential_constraints r
      ON r.constraint_schema = k.constraint_schema AND r.constraint_name = k.constraint_name
     AND r.table_name = k.table_name
    WHERE k.table_schema = DATABASE() AND k.referenced_table_schema = DATABASE()
    ORDER BY k.table_name, k.constraint_name, k.ordinal_position"""
_TRIGGERS = """
    SELECT event_object_table AS tab, trigger_name AS name
    FROM information_schema.triggers WHERE trigger_schema = DATABASE() ORDER BY trigger_name"""
# MariaDB's JSON is LONGTEXT with this check.
_JSON_CHECKS = """
    SELECT table_name AS tab, check_clause AS clause
    FROM information_schema.check_constraints
    WHERE constraint_schema = DATABASE() AND check_clause LIKE 'json_valid%'"""

# Display widths, which MariaDB still writes; only tinyint(1) means something by its own.
_WIDTH = re.compile(r"^(?!tinyint\(1\)$)((?:tiny|small|medium|big)?int|year)\(\d+\)", re.I)
_NUMBER = re.compile(r"-?\d")
_ACTIONS: Mapping[str, Action] = {"CASCADE": "cascade", "SET NULL": "set_null"}


def reflect_server(connection: sa.Connection) -> SourceSchema:
    """Every table and view of the connection's database."""
    mariadb = bool(getattr(connection.dialect, "is_mariadb", False))

    def rows(text: str) -> Iterable[sa.RowMapping]:
        return connection.execute(sa.text(text)).mappings().all()

    json = {(r["tab"], _checked(r["clause"])) for r in rows(_JSON_CHECKS)} if mariadb else set()
    columns: dict[str, dict[str, SourceColumn]] = defaultdict(dict)
    for row in rows(_COLUMNS.format(srid="" if mariadb else ", srs_id AS srid")):
        is_json = (row["tab"], row["name"]) in json
        columns[row["tab"]][row["name"]] = _column(row, mariadb, "json" if is_json else _text(row["type"]))
    primary, uniques, indexes = _indexes(rows(_INDEXES))
    keys = _foreign_keys(rows(_KEYS))
    triggers: dict[str, list[str]] = defaultdict(list)
    for row in rows(_TRIGGERS):
        triggers[row["tab"]].append(row["name"])
    return SourceSchema(
        {
            (name := row["name"]): SourceTable(
                name=name,
                columns=columns[name],
                primary_key=tuple(primary[name]),
                uniques={k: tuple(v) for k, v in uniques[name].items()},
                foreign_keys=tuple(keys[name]),
                indexes={k: tuple(v) for k, v in indexes[name].items()},
                triggers=tuple(triggers[name]),
                engine=row["engine"],
            )
            for row in rows(_TABLES)
        }
    )


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def _checked(clause: Any) -> str:
    return _text(clause).removeprefix("json_valid(`").removesuffix("`)").replace("``", "`")


def _column(row: sa.RowMapping, mariadb: bool, type_text: str) -> SourceColumn:
    extra = (row["extra"] or "").lower()
    default = None if row["def"] is None else _text(row["def"])
    return SourceColumn(
        name=row["name"],
        type=_type(type_text, row["collation"]),
        nullable=row["nullable"] == "YES",
        default=_default(default, mariadb, expression="default_generated" in extra),
        auto_increment="auto_increment" in extra,
        # "DEFAULT_GENERATED" is a default; "VIRTUAL GENERATED" and "STORED GENERATED" are columns.
        generated="virtual generated" in extra or "stored generated" in extra,
        on_update="on update" in extra,
        collation=row["collation"],
        srid=row.get("srid"),
    )


def _type(text: str, collation: str | None) -> ValueType:
    try:
        return parse_sql_type(_WIDTH.sub(r"\1", text), collation=collation)
    except ValueError:
        # A type that crossfade does not have (MariaDB's INET6 ...): `check` refuses it where it is used.
        return ValueType("any", source=text)


def _default(text: str | None, mariadb: bool, *, expression: bool) -> str | None:
    """As in a schema script: a literal's content, CURRENT_TIMESTAMP, or any other expression in parentheses."""
    if text is None or (mariadb and text.upper() == "NULL"):
        return None
    if mariadb and text.startswith("'"):
        return text[1:-1].replace("''", "'").replace("\\\\", "\\")
    if not expression and not (mariadb and not _NUMBER.match(text)):
        return text
    return text.upper().replace("()", "") if text.lower().startswith("current_timestamp") else f"({text})"


def _indexes(
    rows: Iterable[sa.RowMapping],
) -> tuple[dict[str, list[str]], dict[str, dict[str, list[str]]], dict[str, dict[str, list[str]]]]:
    primary: dict[str, list[str]] = defaultdict(list)
    uniques: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    others: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        # A functional index part has no column: the empty name keeps its place.
        column = row["col"] or ""
        if row["name"] == "PRIMARY":
            primary[row["tab"]].append(column)
        else:
            (others if row["plain"] else uniques)[row["tab"]][row["name"]].append(column)
    return primary, uniques, others


def _foreign_keys(rows: Iterable[sa.RowMapping]) -> dict[str, list[ForeignKey]]:
    grouped: dict[tuple[str, str], list[sa.RowMapping]] = defaultdict(list)
    for row in rows:
        grouped[row["tab"], row["name"]].append(row)
    found: dict[str, list[ForeignKey]] = defaultdict(list)
    for (table, name), members in grouped.items():
        first = members[0]
        found[table].append(
            ForeignKey(
                name=name,
                columns=tuple(m["col"] for m in members),
                table=first["other"],
                references=tuple(m["target"] for m in members),
                on_delete=_ACTIONS.get(first["on_delete"], "restrict"),
                on_update=_ACTIONS.get(first["on_update"], "restrict"),
            )
        )
    return found
