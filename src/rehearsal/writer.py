"""A process that writes, as an application would: `python -m crossfade.rehearsal.writer JOB`, JOB being a file of JSON.

It opens the application's data layer by the environment, at the stage that is installed, and ends on SIGTERM.
"""

from __future__ import annotations

import json
import signal
import sys
import threading
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

import crossfade
from crossfade.dal.repository import Repository
from crossfade.rehearsal.client import Client, Target
from crossfade.rehearsal.history import Recorder
from crossfade.rehearsal.subjects import Subject, key_of_texts, name_of, subjects

NUMBERS = 100_000
"""How many writes one process can number."""


@dataclass(frozen=True)
class Job:
    """What a process does.

    Attributes:
        place: which of the processes it is, from 0.
        run: counts the processes of a rehearsal, those that were killed included, from 1.
        clients: how many clients it has, each a thread.
        pace: operations a second of each.
        seed: decides what they do.
        folder: where the history lies.
        shared: of each entity, the keys that all clients use.
    """

    place: int
    run: int
    clients: int
    pace: float
    seed: int
    folder: str
    shared: Mapping[str, list[list[str]]]

    def dumps(self) -> str:
        """As JSON."""
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def loads(cls, text: str) -> Job:
        """What `dumps` gave."""
        return cls(**json.loads(text))


def write(app: crossfade.App, job: Job, end: threading.Event) -> None:
    """Write until the event is set.

    Args:
        app: the data layer.
        job: what to do.
        end: ends it, each client after the operation that it is at.
    """
    repositories = {name: app.repository(name) for name in job.shared}
    found = {n: _like(s, repositories[n], job) for n, s in subjects(app.contract, job.shared).items()}
    found = {name: subject for name, subject in found.items() if subject.templates}
    shared = {name: list(_targets(subject, job)) for name, subject in found.items()}
    recorder, numbers = Recorder(Path(job.folder)), count(job.run * NUMBERS + 1)

    def client(number: int) -> None:
        random = Random(f"{job.seed} {job.run} {number}")  # noqa: S311 - what a rehearsal does is no secret
        one = Client(f"{job.place}.{job.run}.{number}", repositories, found, shared, recorder, random, numbers)
        while not end.wait(random.uniform(0, 2) / job.pace):
            one.step()

    threads = [threading.Thread(target=client, args=(number,)) for number in range(job.clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    recorder.close()


def _targets(subject: Subject, job: Job) -> Iterator[Target]:
    for texts in job.shared[subject.entity.name]:
        key = key_of_texts(subject.entity, texts)
        yield name_of(subject.entity, key), key


def _like(subject: Subject, repository: Repository[dict[str, Any]], job: Job) -> Subject:
    """The subject, with what lies at the shared keys now as templates."""
    keys = [key for _, key in _targets(subject, job)]
    return replace(subject, templates=tuple(repository.get_many(keys).values()))


def main() -> None:
    """Do the job that the command line names."""
    job, end = Job.loads(Path(sys.argv[1]).read_text(encoding="utf-8")), threading.Event()
    # Not in the handler: the thread that it interrupts may hold the event's own lock.
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=end.set).start())
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the conductor's, which ends this one
    with crossfade.open(stage="installed") as app:
        write(app, job, end)


if __name__ == "__main__":
    main()
