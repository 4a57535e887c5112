"""How the rows of a table keep its unique indexes: decided before a row is made, so that nothing is tried twice.

A unique index is kept by one of its columns whose values all differ (a *carrier*), or, where it is made of
references, by making the rows parent by parent, so that only the rows of one parent must differ among themselves.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import prod

from crossfade.contract.model import Contract
from crossfade.contract.source import ForeignKey, SourceColumn, SourceTable
from crossfade.seed.domains import PLENTY, domain
from crossfade.seed.draw import Draw
from crossfade.seed.errors import SeedError

_NO_DRAW = Draw("capacity")
# What a value that only has to differ may be made of, best first.
_CARRIERS = ("str", "int", "bytes", "datetime", "decimal", "float", "date", "time", "year", "set", "enum", "bool")


@dataclass
class Keys:
    """What keeps the unique indexes of one table.

    Attributes:
        carriers: columns whose values all differ.
        driver: the reference along which rows are made parent by parent.
        single: whether a parent has one row at most.
        partners: references that differ among the rows of one parent.
        numbered: columns that differ among the rows of one parent.
        matched: references of which row i has parent i.
        declared: columns whose values are declared: others differ rather than these.
        combined: groups of columns without references, which differ together.
    """

    carriers: set[str] = field(default_factory=set)
    driver: ForeignKey | None = None
    single: bool = False
    partners: list[ForeignKey] = field(default_factory=list)
    numbered: list[str] = field(default_factory=list)
    matched: list[ForeignKey] = field(default_factory=list)
    combined: list[tuple[str, ...]] = field(default_factory=list)
    declared: frozenset[str] = frozenset()


def uniques_of(table: SourceTable, contract: Contract) -> list[tuple[str, ...]]:
    """The columns of everything that must be unique: by the primary key, by indexes, and by the contract."""
    found = [table.primary_key, *(u for u in table.uniques.values() if all(u))]
    for entity in contract.entities.values():
        if entity.source_table == table.name:
            for fields in (entity.key, *entity.unique):
                columns = [entity.fields[f].column for f in fields]
                found.append(tuple(c for c in columns if c) if all(columns) else ())
    return sorted({u for u in found if u and set(u) <= set(table.columns)}, key=lambda u: (len(u), u))


def keys_of(
    table: SourceTable,
    references: Iterable[ForeignKey],
    uniques: Iterable[tuple[str, ...]],
    wanted: ForeignKey | None,
    declared: frozenset[str] = frozenset(),
) -> Keys:
    """What keeps the unique indexes of a table.

    Args:
        table: the table.
        references: those of its rows.
        uniques: the columns of everything unique, short ones first.
        wanted: the reference along which the rows are to be made, where that is given.
        declared: columns whose values are declared, so that others should differ.

    Raises:
        SeedError: an index that this cannot keep.
    """
    # A reference to its own table keeps nothing unique: it is a tree.
    outer = [k for k in references if k.table != table.name]
    referring = {c for k in references for c in k.columns}
    found = Keys(driver=wanted, declared=declared)
    for unique in uniques:
        if not found.carriers.intersection(unique):
            _keep(found, table, unique, outer, referring)
    return found


def _keep(
    found: Keys, table: SourceTable, unique: tuple[str, ...], outer: list[ForeignKey], referring: set[str]
) -> None:
    inside = [k for k in outer if set(k.columns) <= set(unique)]
    plain = [c for c in unique if c not in referring and not table.columns[c].generated]
    if not plain and not inside:
        return  # what the server makes can only be as different as what it is made from
    if found.driver and found.driver in inside:
        _among_siblings(found, table, unique, inside, plain)
    elif any(k in found.matched for k in inside):
        return
    elif (carrier := _carrier(found, table, plain, texts_only=bool(inside))) is not None:
        found.carriers.add(carrier)
    elif inside and found.driver is None:
        found.driver = next((k for k in inside if _must(table, k)), inside[0])
        _among_siblings(found, table, unique, inside, plain)
    elif inside:
        found.matched.append(inside[0])
    elif any(set(group) <= set(plain) for group in found.combined):
        return
    elif plain and not any(set(group).intersection(plain) for group in found.combined):
        found.combined.append(tuple(plain))
    else:
        raise SeedError(
            f"{table.name}: the unique index over {', '.join(unique)} cannot be kept together with the table's others"
        )


def _among_siblings(
    found: Keys, table: SourceTable, unique: tuple[str, ...], inside: list[ForeignKey], plain: list[str]
) -> None:
    driver = found.driver
    if found.single or any(k in found.partners for k in inside) or set(found.numbered).intersection(unique):
        return
    others = [k for k in inside if k is not driver and driver and not set(k.columns).intersection(driver.columns)]
    sized = [(c, d.size) for c in plain if (d := domain(table.columns[c], _NO_DRAW, sequence=True))]
    if others:
        found.partners.append(others[0])
    elif (carrier := _carrier(found, table, plain, texts_only=True)) is not None:
        found.carriers.add(carrier)
    elif sized:
        found.numbered.append(max(sized, key=lambda s: s[1])[0])
    else:
        found.single = True


def _carrier(found: Keys, table: SourceTable, plain: Iterable[str], *, texts_only: bool) -> str | None:
    """The column that is best made to differ in every row, if one has values enough."""
    rated = []
    for name in plain:
        column = table.columns[name]
        values = domain(column, _NO_DRAW)
        if column.auto_increment:
            return name
        if values is None or values.size < PLENTY // 2:
            continue
        if not texts_only or column.type.kind in {"str", "bytes"}:
            kind = _CARRIERS.index(column.type.kind)
            rated.append((name in found.declared, kind, -(column.type.length or 255), name))
    return min(rated)[-1] if rated else None


def _must(table: SourceTable, key: ForeignKey) -> bool:
    return not any(table.columns[c].nullable for c in key.columns)


def capacity(keys: Keys, columns: Mapping[str, SourceColumn]) -> int:
    """How many rows the unique indexes let a table have, apart from what its parents allow."""
    sizes = [d.size for c in keys.carriers if (d := domain(columns[c], _NO_DRAW))]
    for group in keys.combined:
        found = [d.size for c in group if (d := domain(columns[c], _NO_DRAW))]
        sizes.append(prod(found))
    return min([*sizes, PLENTY])
