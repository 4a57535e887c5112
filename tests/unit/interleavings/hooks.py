"""Where requests are stepped, and what participants forget. The real code is patched, for a test, from here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from functools import partial
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from crossfade.dal.errors import StoreError
from crossfade.dynamodb.calls import Calls
from crossfade.dynamodb.errors import Rejected, Unclear
from crossfade.dynamodb.steps import Steps, finished
from crossfade.migration import carry
from crossfade.migration.board import LiveBoard
from crossfade.migration.dual_write import DualWrite
from crossfade.migration.flip import Flip
from crossfade.migration.sync import Sync
from crossfade.mysql.outbox import Outbox
from crossfade.mysql.transaction import Transaction
from tests.unit.interleavings.actors import Point, actor
from tests.unit.interleavings.back import SteppedBack, leased
from tests.unit.interleavings.run import Late, Run
from tests.unit.interleavings.transactions import TransactionHooks

_TOKENS = [f"crossfade.{name}.uuid4" for name in ("migration.sync", "dynamodb.calls", "dynamodb.stage_item")]
# Moto knows no parameters in INSERT statements; the loader puts the items one by one then.
_UNKNOWN = "BatchExecuteStatement"


class Token:
    """A token that is the same in every run that comes so far in the same way."""

    def __init__(self) -> None:
        who = actor()
        if who is None:
            _main.drawn += 1
        else:
            who.tokens += 1
        self.hex = f"tok-{who.name if who else 'main'}-{who.tokens if who else _main.drawn}"

    def __str__(self) -> str:
        return self.hex


class _Main:
    drawn = 0


_main = _Main()


class Hooks(TransactionHooks):
    """All hooks."""

    def begin(self, run: Run) -> None:
        """From now on, another run."""
        super().begin(run)
        _main.drawn = 0

    def committed(self, real: Any, hooks: Any) -> None:
        """An application's write is there; of what it saw it needs only its rows of the outbox."""
        who = actor()
        if who is not None:
            self.run.took_effect(who.name)
            who.memory[:] = [repr(hooks._left)]
        real(hooks)

    # ----------------------------------------------------------------- requests

    def send(
        self, real: Any, calls: Any, operation: str, request: Any, attempt: int, *, write: bool, **more: Any
    ) -> Steps[Any]:
        """A request is a step, from its sender's last look at anything to its reply."""
        who = actor()
        if operation == _UNKNOWN:
            raise Rejected("there is no such statement", store="dynamodb")
        if who is None:
            return (yield from real(calls, operation, request, attempt, write=write, **more))
        name, application = who.name, write and not who.syncing

        def act() -> Any:
            answer = finished(real(calls, operation, request, attempt, write=write, **more))
            if application and "crossfade_control" not in str(request):
                self.run.took_effect(name)
            return answer

        control = request.get("TableName") == self.run.world.stores.dynamodb.layout.control_table
        if not who.silent and (self.split or not control):
            label = f"{operation} {request.get('Key') or request.get('Item') or ''}"
            if who.syncing and write:  # of what it saw, this is left
                who.memory[who.syncing[-1] :] = [str(request)]
            if who.pause(Point(label, lambda: True, losable=write)) == "loses":
                self.run.late.append(Late(f"{name}: {operation} {request}", lambda: _arrives(act)))
                who.saw("nothing")
                raise Unclear("the reply was lost", finished=False, store="dynamodb")
        try:
            answer = act()
        except StoreError as error:
            who.saw(f"{type(error).__name__} {getattr(error, 'item', None)}")
            raise
        found = {name: value for name, value in answer.items() if name in {"Item", "Attributes", "Responses"}}
        if who.syncing and "Item" in found:  # it looks at no more than whose it is, and which
            found["Item"] = {name: found["Item"].get(name) for name in ("_rev", "_deleted", "id")}
        who.saw(found)
        return answer

    # ----------------------------------------------------------------- what is forgotten

    def sync(self, real: Any, sync: Any, place: Any) -> Any:
        """Nobody looks at what a sync returns. A lookup item is synced as its item is, and in one step."""
        who = actor()
        if who is None:
            return real(sync, place)
        mark, outcome = len(who.memory), "synced"
        who.syncing.append(mark)
        try:
            if place.table == self.run.world.stores.dynamodb.layout.lookup_table:
                with who.as_one():
                    return real(sync, place)
            return real(sync, place)
        except BaseException as error:
            outcome = f"{type(error).__name__} {error}"
            raise
        finally:
            who.syncing.pop()
            who.memory[mark:] = [outcome]

    def done(self, real: Any, outbox: Any, rows: Any) -> None:
        """What has been carried over is deleted; a step, if anybody looks at the outbox."""
        who = actor()
        if who is None or (self.run.watched and rows):
            real(outbox, rows)
        else:
            with who.as_one():
                real(outbox, rows)

    def before(self, real: Any, flip: Any) -> None:
        """A flip looks first whether more wait than ever do here."""
        who = actor()
        assert who is not None
        with who.as_one():
            real(flip)

    def held(self, real: Any, flip: Any, transaction: Any, seconds: float) -> Any:
        """Nobody else writes while a flip carries over what is left, unless a request is late: one step, but for those.

        A sync that reads an item meanwhile stops at the fence, whatever it has seen.
        """
        who = actor()
        assert who is not None
        if self.split:
            return real(flip, transaction, seconds)
        with who.as_one():
            return real(flip, transaction, seconds)

    def moved(self, real: Any, board: Any, standings: Any) -> None:
        """A write that met other standings begins again, with those."""
        who = actor()
        real(board, standings)
        if who is not None:
            who.memory[:] = [str(board._known)]

    def expected(self, real: Any, *arguments: Any) -> Any:
        """Of a record that is carried over, it counts which items it has."""
        items, who = real(*arguments), actor()
        if who is not None:
            who.memory[-1] = repr([item.id for item in items])
        return items

    def look(self, real: Any, sync: Any, place: Any) -> Any:
        """Each try of a sync begins from nothing."""
        who = actor()
        if who is not None:
            del who.memory[who.syncing[-1] :]
        return real(sync, place)


class _InTurn(nullcontext[Any]):
    """A pool of threads without threads: what is given to it is done by the actor itself."""

    def __init__(self, *_: object) -> None:
        super().__init__(self)

    def map(self, act: Callable[[Any], Any], given: Iterable[Any]) -> list[Any]:
        """See `Executor.map`."""
        return [act(each) for each in given]


def _arrives(act: Callable[[], Any]) -> None:
    with suppress(StoreError):
        act()


def _over(real: Any, hook: Any) -> Any:
    def method(self: Any, *arguments: Any, **named: Any) -> Any:
        return hook(real, self, *arguments, **named)

    return method


def _new_tokens(count: int) -> list[str]:
    return [str(Token()) for _ in range(count)]


@contextmanager
def hooked(*, split: bool = False) -> Iterator[Hooks]:
    """Step the real code. Whatever else is patched must be patched before."""
    hooks = Hooks(split=split)
    methods: list[tuple[Any, str, Any]] = [
        (Transaction, "_begun", hooks.begun),
        (Transaction, "execute", hooks.execute),
        (Transaction, "commit", hooks.commit),
        (Transaction, "rollback", hooks.rollback),
        (DualWrite, "committed", hooks.committed),
        (Calls, "_steps", hooks.send),
        (Sync, "sync", hooks.sync),
        (Sync, "look", hooks.look),
        (Outbox, "done", hooks.done),
        (Flip, "before", hooks.before),
        (Flip, "held", hooks.held),
        (LiveBoard, "moved", hooks.moved),
        (carry, "expected_items", hooks.expected),
    ]
    with ExitStack() as stack:
        for owner, name, hook in methods:
            stack.enter_context(patch.object(owner, name, _over(getattr(owner, name), hook)))
        stack.enter_context(patch("crossfade.migration.cutover.WayBack", partial(SteppedBack, hooks)))
        # Or a slow machine would let it give up, and a run not be repeatable.
        stack.enter_context(patch("crossfade.migration.cutover.Flip", partial(Flip, seconds=lambda: 0.0)))
        stack.enter_context(patch("crossfade.migration.flip.ThreadPoolExecutor", _InTurn))
        stack.enter_context(patch("crossfade.migration.routed.Under", leased))
        for name in _TOKENS:
            stack.enter_context(patch(name, Token))
        drawn = SimpleNamespace(hex=lambda: Token().hex)
        stack.enter_context(patch("crossfade.dynamodb.execute.urandom", lambda count: drawn))
        stack.enter_context(
            patch("crossfade.dynamodb.load_ways.new_tokens", lambda count: [Token().hex for _ in range(count)])
        )
        # Its queries skip locked rows then; SQLite is told nothing of locks.
        stack.enter_context(patch("crossfade.mysql.outbox.dialect_name", lambda engine: "mysql"))
        yield hooks
