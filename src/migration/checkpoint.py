"""How far a run has come, kept outside the process: in a file, or in an item of the control table.

One run at a time holds a checkpoint. What was saved last is whole, whatever happens while more is saved.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, Self

from crossfade.migration.checkpoint_file import FilePlace
from crossfade.migration.errors import CheckpointBusy, CheckpointError, CheckpointForeign, CheckpointUnsaved
from crossfade.migration.report_json import flag, named, text
from crossfade.migration.resumed import ADVICE, anything, reading

if TYPE_CHECKING:
    from crossfade.migration.stores import Stores

__all__ = [
    "Checkpoint",
    "CheckpointBusy",
    "CheckpointError",
    "CheckpointForeign",
    "CheckpointUnsaved",
    "open_checkpoint",
]

State = dict[str, Any]
"""What a run keeps: anything that JSON holds."""

IN_TABLE = "dynamodb:"
"""What a checkpoint's name begins with that lies in the control table; any other is a file's path."""

EPOCHS = "stage epochs"
"""Of what a run is about: each group's epoch, where crossfade is installed."""

_FORMAT = 1


@dataclass(frozen=True, slots=True)
class Content:
    """What a checkpoint holds.

    Attributes:
        kind: what made it: `backfill`, `verify` ...
        fingerprint: its contract's.
        about: what the run is about: entities, tables, prefix, mode; a run about anything else cannot go on with it.
        state: how far the run has come.
        finished: whether the run came to its end.
    """

    kind: str
    fingerprint: str
    about: Mapping[str, Any]
    state: State
    finished: bool = False

    def dumps(self) -> str:
        """As JSON."""
        return json.dumps({"crossfade_checkpoint": _FORMAT, **asdict(self)}, ensure_ascii=False, sort_keys=True)

    @classmethod
    def loads(cls, content: str, where: str) -> Self:
        """What `dumps` gave.

        Raises:
            CheckpointError: it is no checkpoint, or damaged.
        """
        try:
            raw = json.loads(content)
            version = raw.pop("crossfade_checkpoint")
            found = cls(**raw)
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            raise CheckpointError(f"{where} is no checkpoint: {ADVICE}") from None
        if version != _FORMAT:
            raise CheckpointError(f"{where} is of another version of crossfade: {ADVICE}")
        with reading(where):
            found._check()
        return found

    def _check(self) -> None:
        text(self.kind, "$.kind")
        text(self.fingerprint, "$.fingerprint")
        for name, values in (("about", self.about), ("state", self.state)):
            named(anything, values, f"$.{name}")
        flag(self.finished, "$.finished")


def differences(found: Content, wanted: Content) -> list[str]:
    """What keeps a run from going on with a checkpoint, one phrase each."""
    told = []
    if found.kind != wanted.kind:
        told.append(f"it is of a {found.kind}, not of a {wanted.kind}")
    if found.fingerprint != wanted.fingerprint:
        told.append(f"it is of another contract ({found.fingerprint[:12]}, not {wanted.fingerprint[:12]})")
    for name in sorted({*found.about, *wanted.about}):
        there, asked = found.about.get(name), wanted.about.get(name)
        if there != asked:
            told.append(_moved(there or {}, asked or {}) if name == EPOCHS else _differ(name, there, asked))
    return told


def _moved(there: Mapping[str, int], asked: Mapping[str, int]) -> str:
    if not (there and asked):
        return f"crossfade was {'installed' if asked else 'uninstalled'} since it was begun"
    groups = sorted(name for name in {*there, *asked} if there.get(name) != asked.get(name))
    return f"these groups have moved to another stage since it was begun: {', '.join(groups)}"


def _differ(name: str, there: Any, asked: Any) -> str:
    if isinstance(there, dict) and isinstance(asked, dict):
        if there.keys() == asked.keys():
            others = ", ".join(n for n in there if there[n] != asked[n])
            return f"its {name} have changed: {others}"
        there, asked = sorted(there), sorted(asked)
    told, wanted = (json.dumps(value, ensure_ascii=False) for value in (there, asked))
    return f"its {name} is {told}, not {wanted}"


class Place(Protocol):
    """Where a checkpoint lies; held by one run from its creation to `release`."""

    where: str

    def read(self) -> str | None:
        """What was saved last; None where there is nothing."""

    def write(self, text: str) -> None:
        """Save; afterwards the new text is there, or (raising CheckpointUnsaved) the old one whole."""

    def release(self) -> None:
        """Let other runs have it."""


class Checkpoint:
    """A run's checkpoint, held until `close`.

    Attributes:
        state: what was saved last; `{}` at first.
        resumed: whether an earlier run left a state.
        finished: whether the run came to its end.
        where: where it lies, for messages.
    """

    def __init__(self, place: Place, wanted: Content, *, restart: bool = False, again: bool = False) -> None:
        """Raises CheckpointError where it holds something else; CheckpointForeign says what differs."""
        self._place, self._wanted = place, wanted
        self.where = place.where
        text = None if restart else place.read()
        found = None if text is None else Content.loads(text, self.where)
        if found is not None and again and found.finished and found.kind == wanted.kind:
            found = None
        if found is not None and (differing := differences(found, wanted)):
            raise CheckpointForeign(
                f"{self.where} cannot be gone on with: {'; '.join(differing)}. Name another with --checkpoint, or "
                "begin anew with --restart"
            )
        self.state: State = dict(found.state) if found else {}
        self.resumed = found is not None
        self.finished = found.finished if found else False

    def save(self, state: State) -> None:
        """Keep a state, durably and at once.

        Raises:
            CheckpointUnsaved: it cannot be saved; what was saved before is whole.
            CheckpointBusy: another run has taken the checkpoint over.
        """
        self._write(state, finished=False)

    def finish(self) -> None:
        """Note that the run came to its end. Raises as `save`."""
        self._write(self.state, finished=True)

    def close(self) -> None:
        """Let other runs have it."""
        self._place.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _write(self, state: State, *, finished: bool) -> None:
        wanted = self._wanted
        self._place.write(Content(wanted.kind, wanted.fingerprint, wanted.about, state, finished).dumps())
        self.state, self.finished = state, finished


def open_checkpoint(
    target: str,
    *,
    kind: str,
    fingerprint: str,
    about: Mapping[str, Any],
    stores: Stores,
    restart: bool = False,
    take_over: bool = False,
    again: bool = False,
) -> Checkpoint:
    """Open a checkpoint, and hold it against other runs.

    Args:
        target: a file's path, or `dynamodb:NAME` for an item of the control table.
        kind: what the run is: `backfill`, `verify` ...
        fingerprint: the contract's.
        about: what the run is about, as JSON; a checkpoint about anything else is refused.
        stores: where the control table is.
        restart: leave what an earlier run saved unread; it is replaced at the first `save`.
        take_over: (`dynamodb:` alone) take it from a run that died; that run can save nothing any more.
        again: begin anew after a run of this kind that came to its end, whatever that was about.

    Raises:
        CheckpointBusy: another run holds it.
        CheckpointForeign: it is of another contract, or about something else; the message says what differs.
        CheckpointError: it is no checkpoint, or lies where nothing can be written, or the target names none.
        StoreError: the control table cannot be reached.
    """
    place: Place
    if not Path(target.removeprefix(IN_TABLE)).name:
        raise CheckpointError(f"{target!r} names no checkpoint: --checkpoint wants a file, or {IN_TABLE}NAME")
    if target.startswith(IN_TABLE):
        from crossfade.migration.checkpoint_item import ItemPlace  # noqa: PLC0415 - a file needs no DynamoDB

        place = ItemPlace(stores.dynamodb, target.removeprefix(IN_TABLE), take_over=take_over)
    else:
        place = FilePlace(Path(target))
    try:
        return Checkpoint(
            place, Content(kind, fingerprint, json.loads(json.dumps(about)), {}), restart=restart, again=again
        )
    except BaseException:
        place.release()
        raise
