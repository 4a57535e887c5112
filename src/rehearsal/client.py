"""One client of a rehearsal: it reads and writes at random, and everything it does is recorded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from random import Random
from typing import Any

from crossfade.dal.errors import CrossfadeError
from crossfade.dal.key import Key, key_of
from crossfade.dal.repository import Repository
from crossfade.rehearsal.history import Recorder
from crossfade.rehearsal.subjects import Subject, name_of, name_of_new

_ACTIONS = {"read": 30, "update": 35, "create": 15, "put": 10, "delete": 10}
_SHARED = 0.3
"""The share of what it does to records that others use, too."""

_MOST = 50  # records of its own, of each entity: the oldest is forgotten, and stays

Target = tuple[str, Key]
"""What the history calls a record, and its key."""


class Client:
    """A client. Not safe to share between threads.

    Args:
        name: for the history.
        repositories: of each entity, the repository.
        subjects: what it writes, with templates.
        shared: of each entity, the records that others use, too.
        recorder: records what it does.
        random: decides what it does.
        numbers: those of its writes; no two writes of a rehearsal have the same.
    """

    def __init__(
        self,
        name: str,
        repositories: Mapping[str, Repository[dict[str, Any]]],
        subjects: Mapping[str, Subject],
        shared: Mapping[str, list[Target]],
        recorder: Recorder,
        random: Random,
        numbers: Iterator[int],
    ) -> None:
        self._name, self._repositories, self._subjects, self._shared = name, repositories, subjects, shared
        self._recorder, self._random, self._numbers = recorder, random, numbers
        self._own: dict[str, list[Target]] = {entity: [] for entity in subjects}

    def step(self) -> None:
        """Do one thing. What the stores refuse, or cannot tell, is recorded as that."""
        subject = self._subjects[self._random.choice(list(self._subjects))]
        action = self._random.choices(list(_ACTIONS), list(_ACTIONS.values()))[0]
        others = self._random.random() < _SHARED
        target = self._target(subject, others=others)
        with suppress(CrossfadeError):
            if action == "create" or target is None:
                self._create(subject)
            elif action == "read":
                self._read(subject, *target)
            elif action == "update":
                self._update(subject, *target)
            elif action == "put":
                self._put(subject, *target)
            elif subject.alone or not others:
                self._delete(subject, *target)

    def _target(self, subject: Subject, *, others: bool) -> Target | None:
        found = self._shared[subject.entity.name] if others else self._own[subject.entity.name]
        return self._random.choice(found) if found else None

    def _create(self, subject: Subject) -> None:
        entity, number = subject.entity, next(self._numbers)
        record = subject.made(number, self._random)
        own, repository = self._own[entity.name], self._repositories[entity.name]
        name = name_of(entity, key_of(entity, record)) if subject.names_itself else name_of_new(entity, number)
        with self._recorder.during(self._name, "write", name, subject.token(number)):
            made = repository.create(record)
        own.append((name, key_of(entity, made)))
        del own[:-_MOST]

    def _put(self, subject: Subject, name: str, key: Key) -> None:
        number = next(self._numbers)
        record = subject.made(number, self._random) | dict(key)
        with self._recorder.during(self._name, "write", name, subject.token(number)):
            self._repositories[subject.entity.name].put(record)

    def _update(self, subject: Subject, name: str, key: Key) -> None:
        number = next(self._numbers)
        with self._recorder.during(self._name, "write", name, subject.token(number)):
            self._repositories[subject.entity.name].update(key, subject.change(number))

    def _delete(self, subject: Subject, name: str, key: Key) -> None:
        with self._recorder.during(self._name, "delete", name):
            self._repositories[subject.entity.name].delete(key)
        with suppress(ValueError):
            self._own[subject.entity.name].remove((name, key))

    def _read(self, subject: Subject, name: str, key: Key) -> None:
        with self._recorder.during(self._name, "read", name) as reply:
            reply.seen = subject.seen(self._repositories[subject.entity.name].get(key))
