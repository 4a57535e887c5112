"""Lint rules about what was measured in the source's rows."""

from __future__ import annotations

from crossfade.contract.canonical import MAX_EXPONENT, MIN_EXPONENT
from crossfade.contract.lint_facts import Facts, Found, Registry
from crossfade.contract.lint_rules_values import MAX_ITEM
from crossfade.contract.measured import Statistics
from crossfade.contract.shape import show

MEASURED = Registry("statistics")

SKEW_SHARE = 0.2
# One partition serves 3,000 read units a second: some thousand items of an ordinary size, every second.
SKEW_ROWS = 10_000


def _statistics(facts: Facts) -> Statistics:
    return facts.statistics or Statistics()


@MEASURED.rule("CF601", "error", "numbers outside DynamoDB's range", "clean the rows, or store the number as text (S)")
def float_out_of_range(facts: Facts) -> Found:
    """A DOUBLE reaches from 2E-308 to 2E+308, a DynamoDB number from 1E-130 to 9.9E+125."""
    for name, (least, greatest) in _statistics(facts).magnitudes.items():
        entity = facts.contract.entities.get(name.partition(".")[0])
        attribute = entity.fields.get(name.partition(".")[2]) if entity else None
        if attribute is None or attribute.type != "N":
            continue
        for number in (least, greatest):
            if number and not 10.0**MIN_EXPONENT <= number < 10.0 ** (MAX_EXPONENT + 1):
                yield attribute.path, f"{name} holds {number:g}"


@MEASURED.rule("CF602", "error", "a row over 400 KB", "move lists and texts to items of their own, or limit them")
def row_too_large(facts: Facts) -> Found:
    """Such a row cannot be copied."""
    for name, size in _statistics(facts).largest.items():
        entity = facts.contract.entities.get(name)
        if entity is not None and size > MAX_ITEM:
            yield entity.path, f"the largest {name} has {size:,} bytes, {MAX_ITEM:,} fit"


@MEASURED.rule("CF603", "warning", "a partition with much of the data", "add a part to the key that divides it")
def skewed_partition(facts: Facts) -> Found:
    """What one partition holds, one partition's throughput serves. A literal partition key is told apart (CF110)."""
    for found in _statistics(facts).partitions:
        entity = facts.contract.entities.get(found.entity)
        if entity is None or found.share < SKEW_SHARE or found.rows < SKEW_ROWS:
            continue
        table = facts.table(entity)
        name = table.pk if found.index is None else table.index(found.index).pk
        if entity.keys[name].slots:
            where = f" of {found.index}" if found.index else ""
            yield facts.key_path(entity, name), f"{show(found.value)}{where} holds {found.share:.0%} of {found.entity}"


@MEASURED.rule(
    "CF604", "error", "values that no item can hold", "clean the rows; a TINYINT(1) that holds numbers is an N"
)
def unheld_values(facts: Facts) -> Found:
    """They would come back as another value: a truth of 2, the empty set or JSON null where NULL is another."""
    for name, value in _statistics(facts).unheld.items():
        entity = facts.contract.entities.get(name.partition(".")[0])
        attribute = entity.fields.get(name.partition(".")[2]) if entity else None
        if attribute is not None:
            yield attribute.path, f"{name} holds {value}"
