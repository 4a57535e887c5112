"""The part of a guide that goes from what is seen to why, and to what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from crossfade.contract.guide_facts import Facts
from crossfade.contract.lint import Finding, lint
from crossfade.contract.markdown import table_lines
from crossfade.contract.model_derivation import Aggregate, ToMany, ToOne


@dataclass(frozen=True, slots=True)
class _Trouble:
    """What may be seen, why, what to do; and whether a contract can have it."""

    seen: str
    why: str
    do: str
    possible: Callable[[Facts], object] = lambda _: True


def troubleshooting(facts: Facts) -> Iterator[str]:
    """The lines of the part; what this contract cannot run into is left out."""
    yield from ["## Troubleshooting", ""]
    yield from table_lines(
        ("what is seen", "why", "what to do"), ((t.seen, t.why, t.do) for t in _TROUBLES if t.possible(facts))
    )
    found = lint(facts.contract)
    if found:
        yield from ["", "`crossfade contract check` says of this contract:", "", *map(_finding, found)]


def _finding(found: Finding) -> str:
    return f"- {found.code} ({found.severity}): {found.message}; {found.hint}."


def _derived(facts: Facts, kind: type) -> bool:
    return any(isinstance(attribute.derivation, kind) for _, attribute in facts.fields)


_TROUBLES = (
    _Trouble(
        "an entity that was just written is missing from a list",
        "an index that may lag answered",
        "read it by key; or show what was written from what the write returned",
        lambda facts: any(not plan.consistent for plan in facts.queries),
    ),
    _Trouble(
        "a list lacks an entity on both stores",
        "a field of the index's key is null, so that the index does not hold it",
        "give the template a text for null (`{field|NONE}`), or the field a value",
        lambda facts: any(plan.truthy or set(plan.present).difference(plan.pattern.by) for plan in facts.queries),
    ),
    _Trouble(
        "a joined value is old",
        "copies are made anew after the change that they follow; what a process that died left, the next one does",
        "wait; `crossfade verify` counts what stays different, `crossfade repair` makes it right",
        lambda facts: _derived(facts, ToOne),
    ),
    _Trouble(
        "`Conflict`, over and over",
        "many writers under one item whose counts they add to, or whose presence they check",
        "try the whole unit again after a random pause; count less often, or under more items",
        lambda facts: _derived(facts, Aggregate) or any(facts.references),
    ),
    _Trouble(
        "`VersionConflict`",
        "somebody else changed the entity since it was read",
        "show `current` and `current_version` of the error, and ask again",
        lambda facts: any(entity.version_field for entity in facts.entities),
    ),
    _Trouble(
        "`DuplicateUnique`",
        "another entity holds the value, or one that its column compares as equal",
        "the error's `fields` say which value: ask for another",
        lambda facts: any(entity.unique for entity in facts.entities),
    ),
    _Trouble(
        "`Referenced` or `MissingReference`",
        "as a foreign key would refuse it: the reference's other end is there, or is not",
        "the error names it: delete what refers first, or create what is referred to",
        lambda facts: any(facts.references),
    ),
    _Trouble(
        "`TransactionTooLarge` from a delete in a unit of work",
        "it cascades to more than a transaction takes",
        "delete outside of a unit of work, where it goes in pieces",
        lambda facts: any(reference.on_delete != "restrict" for _, reference in facts.references),
    ),
    _Trouble(
        "`ItemTooLarge`",
        "child rows lie in their parent's item, 400 KB at most together",
        "give the construction a `limit`, or make the rows an entity of their own",
        lambda facts: _derived(facts, ToMany),
    ),
    _Trouble(
        "the MySQL tables grow although entities expire",
        "only DynamoDB deletes what has expired",
        "delete the expired rows by a job of your own; no reader sees them anyway",
        lambda facts: any(entity.ttl for entity in facts.entities),
    ),
    _Trouble(
        "`ValueError` that a range needs both ends",
        "the partitions are made of the range's field",
        "give both; read longer ranges in pieces",
        lambda facts: any(plan.enumerated for plan in facts.queries),
    ),
    _Trouble(
        "`CapacityExceeded`, or the throttling alarm",
        "one partition takes more than it delivers, or a provisioned table more than was planned",
        "see the partitions under Performance; on demand takes twice the peak before it at once",
    ),
    _Trouble(
        "`OutcomeUnknown`",
        "the reply to a write was lost, and nothing tells whether it was made",
        "read the entity before trying again",
    ),
    _Trouble(
        "`crossfade verify` finds differences",
        "rows were written past crossfade, or changes are still to be carried over",
        "run `crossfade relay`, verify again, then `crossfade repair` with the report",
    ),
    _Trouble(
        "`crossfade stage advance` refuses",
        "the evidence for the move is not there",
        "`--dry-run` lists every reason; docs/stages.md says how each is met",
    ),
)
