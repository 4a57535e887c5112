"""The part of a guide that says what DynamoDB does otherwise than MySQL, and what crossfade does about it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from crossfade.contract.guide_facts import Facts
from crossfade.contract.item_key import item_key_fields
from crossfade.contract.markdown import codes
from crossfade.contract.model import Attribute, Entity
from crossfade.contract.model_derivation import Aggregate, Computed, ToMany, ToOne
from crossfade.contract.plan import QueryPlan, ViaLookup, ViaParents

_TOLD = 12
"""So many places are told of one difference."""


@dataclass(frozen=True, slots=True)
class _Difference:
    """One difference.

    Attributes:
        title: what it is about.
        says: what DynamoDB does, and what crossfade does about it.
        where: what of a contract it concerns; nothing where it does not.
    """

    title: str
    says: str
    where: Callable[[Facts], Sequence[str]]


def differences(facts: Facts) -> Iterator[str]:
    """The lines of the part: what holds of this contract, and what always holds."""
    yield from ["## What DynamoDB does otherwise", ""]
    yield "Answers are the same on both stores, as the conformance tests have it. What differs is how they come about:"
    yield ""
    for difference in _DIFFERENCES:
        where = difference.where(facts)
        if where:
            more = f", and {len(where) - _TOLD} more, as the data model shows" if len(where) > _TOLD else ""
            yield f"- **{difference.title}.** {difference.says} Here: {codes(where[:_TOLD])}{more}."
    yield from (f"- {always}" for always in _ALWAYS)


# -------------------------------------------------------------------------------------- where they are


def _unique(facts: Facts) -> list[str]:
    found = ((name, lookup) for name, plans in facts.plans.items() for lookup in plans.lookups)
    return [f"{name}: {', '.join(lookup.fields)}" for name, lookup in found if lookup.kind == "unique"]


def _by_lookup(facts: Facts) -> list[str]:
    return [name for name, plans in facts.plans.items() if isinstance(plans.key, ViaLookup)]


def _by_parents(facts: Facts) -> list[str]:
    return [name for name, plans in facts.plans.items() if isinstance(plans.key, ViaParents)]


def _moving(facts: Facts) -> list[str]:
    return [f"{e.name}.{f}" for e in facts.entities for f in item_key_fields(facts.contract, e) if _can_change(e, f)]


def _can_change(entity: Entity, field: str) -> bool:
    """Whether the field of a live entity can get another value: by an update, or because another entity's does."""
    if field in entity.key or field == entity.timestamps.created:
        return False
    return field in entity.writable or entity.fields[field].maintain == "propagate"


def _numbered(facts: Facts) -> list[str]:
    return [
        f"{e.name}.{e.id.field}" for e in facts.entities if e.id and e.id.strategy in {"auto_increment", "sequence"}
    ]


def _sorted_in_memory(plan: QueryPlan) -> bool:
    return plan.access == "query" and not plan.ordered and not plan.pattern.unique


def _copied(attribute: Attribute) -> bool:
    return isinstance(attribute.derivation, ToOne) and attribute.maintain == "propagate"


def _kept(attribute: Attribute) -> bool:
    return attribute.maintain == "snapshot"


def _referring(facts: Facts) -> list[str]:
    return [f"{e.name}.{', '.join(r.fields)} -> {r.entity} ({r.on_delete})" for e, r in facts.references]


def _expiring(facts: Facts) -> list[str]:
    return [f"{e.name}.{e.ttl.field}" for e in facts.entities if e.ttl]


def _stored_otherwise(facts: Facts) -> list[str]:
    formats = {"epoch-s", "epoch-ms", "hex", "base64"}
    envelopes = [f"{e.name}: all of it in the map {e.envelope}" for e in facts.entities if e.envelope]
    return envelopes + [f"{e.name}.{a.field}: {a.format}" for e, a in facts.fields if a.format in formats]


# ----------------------------------------------------------------------------------------------- texts

_DIFFERENCES = (
    _Difference(
        "Lists that may lag",
        "An index follows its table after a moment, so a list that one answers may not have the last writes yet; "
        "`Page.consistent` says which. Reads by key never lag.",
        lambda facts: facts.patterns_where(lambda plan: not plan.consistent),
    ),
    _Difference(
        "Lists that do not lag",
        "These are answered by the table itself, strongly consistent.",
        lambda facts: facts.patterns_where(lambda plan: plan.consistent),
    ),
    _Difference(
        "Unique values",
        "There are no unique indexes. A lookup item for each value, written in one transaction with the item, refuses "
        "the second with `DuplicateUnique`.",
        _unique,
    ),
    _Difference(
        "Keys that lie elsewhere",
        "The item key is not made of the entity's key. A lookup item leads from one to the other: a read by key takes "
        "two requests.",
        _by_lookup,
    ),
    _Difference(
        "Keys through other entities",
        "The item key has parts of other entities, which are read first.",
        _by_parents,
    ),
    _Difference(
        "Fields that move an item",
        "A change of these changes the item key: the item is written at the new one and taken from the old one in one "
        "transaction.",
        _moving,
    ),
    _Difference(
        "Ids",
        "There is no AUTO_INCREMENT. A counter item gives the numbers, going on from MySQL's: unique and rising, with "
        "gaps as MySQL's have them.",
        _numbered,
    ),
    _Difference(
        "Joined values",
        "Nothing is joined. The value lies in each item as a copy, made anew after its source changes; until then, "
        "for a moment, readers see the old one.",
        lambda facts: facts.fields_where(_copied),
    ),
    _Difference(
        "Joined values that stay",
        "The value is taken when the entity is written, and kept as it was.",
        lambda facts: facts.fields_where(_kept),
    ),
    _Difference(
        "Counts and sums",
        "The value lies in the item, and the transaction that writes what is counted adds to it. Many writers under "
        "one item at once wait for each other; what does not get through in time raises `Conflict`.",
        lambda facts: facts.fields_where(lambda a: isinstance(a.derivation, Aggregate)),
    ),
    _Difference(
        "Calculated values",
        "The value is calculated when the entity is written, as MySQL would, and stored.",
        lambda facts: facts.fields_where(lambda a: isinstance(a.derivation, Computed)),
    ),
    _Difference(
        "Child rows",
        "They lie in the item as a list: read and written with it, 400 KB at most together.",
        lambda facts: facts.fields_where(lambda a: isinstance(a.derivation, ToMany)),
    ),
    _Difference(
        "References",
        "There are no foreign keys. A write demands in its transaction that what it refers to is there "
        "(`MissingReference`); a delete finds what refers to it by an access pattern, or by a count. A cascade of more "
        "than 100 actions goes in pieces, children first; within a unit of work it raises `TransactionTooLarge`.",
        _referring,
    ),
    _Difference(
        "Time to live",
        "DynamoDB deletes what has expired within a few days, MySQL never does. crossfade hides it from every read and "
        "every change from the moment on at which it expires, on both; the rows in MySQL are yours to delete.",
        _expiring,
    ),
    _Difference(
        "Sparse indexes",
        "An index holds no entity that lacks one of its key's fields. So that both stores answer alike, MySQL leaves "
        "these out, too, where one of the fields is null, or false where it is a flag.",
        lambda facts: facts.patterns_where(lambda plan: plan.truthy or set(plan.present).difference(plan.pattern.by)),
    ),
    _Difference(
        "Ranges over several partitions",
        "The partition is made of the range's field: both ends must be given, and the partitions are read one after "
        "the other, as one ordered list.",
        lambda facts: facts.patterns_where(lambda plan: plan.enumerated),
    ),
    _Difference(
        "Lists that are sorted in memory",
        "The key does not sort as the list does: every page reads the partition to its end.",
        lambda facts: facts.patterns_where(_sorted_in_memory),
    ),
    _Difference(
        "Lists that read the whole table",
        "No index serves them, as the contract allows: every page reads all items of the table.",
        lambda facts: facts.patterns_where(lambda plan: plan.access == "scan"),
    ),
    _Difference(
        "Filters",
        "DynamoDB reads, and charges for, what a filter then leaves out. A page is filled up by reading on.",
        lambda facts: facts.patterns_where(lambda plan: plan.pattern.filter),
    ),
    _Difference(
        "Text that compares without regard to case or accents",
        "DynamoDB compares bytes. Keys hold the folded text (`ai-ci`), so that the same values are equal on both "
        "stores: what MySQL's utf8mb4_0900_ai_ci takes for one value, and no more.",
        lambda facts: facts.fields_where(lambda a: a.fold == "ai-ci"),
    ),
    _Difference(
        "Text that compares without regard to case",
        "DynamoDB compares bytes. Keys hold the text in one case, and without trailing spaces (`casefold`). Accents "
        "stay apart: where the column's collation ignores them, too, DynamoDB takes two values that MySQL refuses as "
        "duplicates, and such a write cannot be synced back. For such a column, take `ai-ci`.",
        lambda facts: facts.fields_where(lambda a: a.fold == "casefold"),
    ),
    _Difference(
        "Text that compares without trailing spaces",
        "DynamoDB compares bytes. Keys hold the text without them (`pad-space`), so that the same values are equal on "
        "both stores.",
        lambda facts: facts.fields_where(lambda a: a.fold == "pad-space"),
    ),
    _Difference("Stored in another form", "The application sees what it always saw.", _stored_otherwise),
)

_ALWAYS = (
    "**Limits.** An item has 400 KB at most, a unit of work 100 actions and 4 MB: refused on both stores alike, as "
    "`ItemTooLarge` and `TransactionTooLarge`.",
    "**Deletes.** While MySQL has a copy, a deleted item leaves a tombstone, which readers do not see. It goes after "
    "seven days where the table has a time to live.",
)
