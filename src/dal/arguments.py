"""What a caller asks of an access pattern, bound to its plan: every argument checked, the same for every store."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from crossfade.contract.model import Entity
from crossfade.dal.checks import checked_condition
from crossfade.dal.condition import Comparison, Condition, StartsWith
from crossfade.dal.cursor import CursorSigner
from crossfade.dal.errors import InvalidPattern
from crossfade.dal.prepare import Preparer
from crossfade.dal.query import DEFAULT_LIMIT, Query, Range
from crossfade.dal.repository import Order

if TYPE_CHECKING:
    from crossfade.contract.plan import QueryPlan


@dataclass(frozen=True, slots=True)
class Arguments:
    """Makes queries of the arguments that one entity's access patterns are called with.

    Attributes:
        entity: the entity.
        prepare: its checks.
        plans: the plan of each of its access patterns.
        signer: for cursors.
    """

    entity: Entity
    prepare: Preparer
    plans: Mapping[str, QueryPlan]
    signer: CursorSigner

    def query(
        self,
        pattern: str,
        args: Mapping[str, Any],
        *,
        limit: int | None = None,
        cursor: str | None = None,
        order: Order | None = None,
        where: Condition | None = None,
    ) -> Query:
        """The bound query for a call of `find`.

        Raises:
            InvalidPattern, InvalidCursor, InvalidValue: as `Repository.find` says.
        """
        plan = self.plans.get(pattern)
        if plan is None:
            known = ", ".join(self.plans) or "none"
            raise InvalidPattern(f"{self.entity.name} has no access pattern {pattern!r}; it has {known}")
        query = Query(
            entity=self.entity,
            plan=plan,
            by=self._equalities(plan, args),
            range=self._range(plan, args),
            where=self._filters(plan, args, where),
            descending=self._descending(plan, order),
            limit=self._limit(limit),
        )
        self._check_span(query)
        if cursor is None:
            return query
        return replace(query, after=self.signer.read(query, cursor))

    def _equalities(self, plan: QueryPlan, args: Mapping[str, Any]) -> dict[str, Any]:
        pattern = plan.pattern
        allowed = {*pattern.by, *pattern.filter, *([pattern.range] if pattern.range else [])}
        unknown, missing = sorted(set(args) - allowed), [f for f in pattern.by if f not in args]
        if unknown or missing:
            says = [f"does not take {', '.join(unknown)}"] if unknown else []
            says += [f"needs {', '.join(missing)}"] if missing else []
            raise InvalidPattern(
                f"{self.entity.name}.{pattern.name} {' and '.join(says)}; it takes {', '.join(sorted(allowed))}"
            )
        by = {f: self.prepare.argument(f, args[f]) for f in pattern.by}
        try:
            plan.check_arguments(by)
        except ValueError as error:
            raise InvalidPattern(f"{self.entity.name}.{pattern.name}: {error}") from None
        return by

    def _range(self, plan: QueryPlan, args: Mapping[str, Any]) -> Range | None:
        field = plan.pattern.range
        if field is None or args.get(field) is None:
            return self._checked_range(plan, None)
        given = args[field]
        if not isinstance(given, Range):
            given = Range(ge=given, le=given)
        if given.prefix is not None:
            self.prepare.condition(StartsWith(field, given.prefix))
        return self._checked_range(plan, given.map(lambda v: self.prepare.argument(field, v)))

    def _checked_range(self, plan: QueryPlan, given: Range | None) -> Range | None:
        if plan.enumerated is not None:
            low, high = (None, None) if given is None else (given.ge or given.gt, given.le or given.lt)
            if low is None or high is None:
                raise InvalidPattern(
                    f"{self.entity.name}.{plan.pattern.name} needs both ends of {plan.pattern.range}: "
                    "its partitions are made of them"
                )
        return given

    def _check_span(self, query: Query) -> None:
        """Refuse, on every store, a range over more partitions than DynamoDB is asked to read."""
        if query.plan.enumerated is None or query.plan.resolve:
            return
        try:
            query.plan.partitions(query.by, query.range)
        except ValueError as error:
            raise InvalidPattern(f"{self.entity.name}.{query.plan.pattern.name}: {error}") from None

    def _filters(self, plan: QueryPlan, args: Mapping[str, Any], where: Condition | None) -> Condition | None:
        found = self.prepare.condition(where)
        for field in plan.pattern.filter:
            if args.get(field) is None or field == plan.pattern.range:
                continue
            given = args[field]
            asked = given.condition(field) if isinstance(given, Range) else Comparison(field, "=", given)
            made = checked_condition(self.entity, asked)
            found = made if found is None else found & made
        return found

    def _descending(self, plan: QueryPlan, order: Order | None) -> bool:
        chosen: str = plan.pattern.order if order is None else order
        if chosen not in {"asc", "desc"}:
            raise InvalidPattern(f"order is 'asc' or 'desc', not {order!r}")
        return chosen == "desc"

    def _limit(self, limit: int | None) -> int:
        if limit is None:
            return DEFAULT_LIMIT
        if type(limit) is not int or limit < 1:
            raise InvalidPattern(f"limit is a whole number from 1, not {limit!r}")
        return limit
