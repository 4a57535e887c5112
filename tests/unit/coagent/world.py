"""A generic repository on each implementation, and made-up entities of every kind."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st

from crossfade.contract import load
from crossfade.contract.types import canonical
from crossfade.dal.repository import Repository
from examples.coagent.keys import CONTRACT, KINDS
from examples.coagent.repository import GenericRepository
from examples.coagent.retry import Retry
from tests.conformance.backend import Backend, Clock
from tests.conformance.opening import Memory, Moto, Opener, Sqlite
from tests.conformance.strategies import values
from tests.unit.imitation import SETTINGS, imitation

IMPLEMENTATIONS = ("memory", "sqlite", "moto")
ENTITIES = {kind: load(CONTRACT).entities[kind.__name__] for kind in KINDS}
# In keys: what delimits them, what sorts otherwise elsewhere, and what begins with another one.
_PARTS = ("a", "A", "aa", "a#b", "#", "é", "\U0001f9ff", "\uffee", "%23", "PROFILE", "zz")
FEW = settings(max_examples=40, deadline=None)


@dataclass(frozen=True)
class World:
    """A repository on a store with nothing in it.

    Attributes:
        coagent: the repository.
        clock: the store's.
    """

    coagent: GenericRepository
    clock: Clock
    _owners: Iterator[int] = field(default_factory=count)

    def owner(self) -> str:
        """The id of a user that nothing belongs to yet."""
        return f"u{next(self._owners)}"


@dataclass(frozen=True)
class _Repositories:
    backend: Backend

    def repository(self, entity: type[Any]) -> Repository[Any]:
        """See `App.repository`."""
        found: Repository[Any] = self.backend.of(entity)
        return found


def unpaused(**settings: Any) -> Retry:
    """A policy that does not wait."""
    return Retry(pause=lambda seconds: None, **settings)


@contextmanager
def opened(kind: str, folder: Path) -> Iterator[World]:
    """A world on an implementation."""
    with ExitStack() as stack:
        opener: Opener
        if kind == "moto":
            stack.enter_context(imitation())
            opener = Moto("moto", "coagent", "t_", SETTINGS)
        else:
            opener = Memory("coagent") if kind == "memory" else Sqlite("coagent", folder)
        stack.callback(opener.close)
        backend = opener.fresh()
        yield World(GenericRepository(_Repositories(backend), unpaused()), backend.clock)


def names() -> st.SearchStrategy[str]:
    """Texts that keys are made of."""
    return st.sampled_from(_PARTS)


@st.composite
def entities(draw: st.DrawFn, kind: type[Any], owner: str) -> Any:
    """An entity of a kind that belongs to an owner; what may be left out is, now and then."""
    entity = ENTITIES[kind]
    given: dict[str, Any] = {entity.key[0]: owner}
    for name in entity.key[1:]:
        given[name] = draw(names())
    for name in sorted(entity.writable - set(entity.key) - {"created_at", "updated_at"}):
        attribute = entity.fields[name]
        left_out = (attribute.nullable or attribute.default is not None) and draw(st.integers(0, 3)) == 0
        given[name] = None if left_out else draw(values(attribute.value_type))
    return kind(**given)


def kept(entity: Any) -> dict[str, Any]:
    """What is kept of an entity's payload, as either store gives it back."""
    found = {}
    for name, attribute in ENTITIES[type(entity)].fields.items():
        if name not in {"created_at", "updated_at"}:
            given = canonical(getattr(entity, name), attribute.value_type, name)
            found[name] = attribute.default if given is None and not attribute.nullable else given
    return found
