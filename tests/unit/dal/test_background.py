"""Threads beside the application's: real ones, held and let go by events."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial

import pytest

from crossfade.dal.background import Threads

LONG = 60  # seconds: longer than any of this takes; a test that gets there has failed


class Held:
    """Work that tells when it has begun, and goes on when it is let."""

    def __init__(self) -> None:
        self.begun, self.let, self.done = threading.Event(), threading.Event(), threading.Event()

    def __call__(self) -> None:
        self.begun.set()
        self.let.wait(LONG)
        self.done.set()


@pytest.fixture
def held() -> Iterator[list[Held]]:
    """Some work, let go at the end."""
    made = [Held() for _ in range(4)]
    yield made
    for work in made:
        work.let.set()


def test_work_is_done_by_as_many_threads_as_there_may_be(held: list[Held]) -> None:
    threads = Threads(2, 5)
    assert all(threads.submit(work) for work in held[:3])
    assert held[0].begun.wait(LONG)
    assert held[1].begun.wait(LONG)
    assert not held[2].begun.is_set()
    held[0].let.set()
    assert held[2].begun.wait(LONG)
    for work in held:
        work.let.set()
    assert held[2].done.wait(LONG)
    threads.close(LONG)


def test_a_full_queue_refuses_at_once(held: list[Held]) -> None:
    threads = Threads(1, 2)
    assert threads.submit(held[0])
    assert held[0].begun.wait(LONG)
    assert (threads.submit(held[1]), threads.full, threads.submit(held[2])) == (True, False, True)
    assert (threads.full, threads.submit(held[3])) == (True, False)
    threads.close(0)


def test_closing_forgets_what_was_not_begun_and_takes_no_more(held: list[Held]) -> None:
    threads = Threads(2, 2)
    for work in held[:2]:
        threads.submit(work)
        assert work.begun.wait(LONG)
    threads.submit(held[2])
    threads.submit(held[3])
    threads.close(0)
    assert (threads.full, threads.submit(held[0])) == (True, False)
    for work in held:
        work.let.set()
    threads.close(LONG)
    assert held[0].done.is_set()
    assert held[1].done.is_set()
    assert not held[2].begun.is_set()
    assert not held[3].begun.is_set()


def test_closing_waits_for_what_was_taken() -> None:
    threads, done = Threads(1, 3), list[int]()
    begun, let = threading.Event(), threading.Event()

    def first() -> None:
        begun.set()
        let.wait(LONG)
        done.append(0)

    threads.submit(first)
    assert begun.wait(LONG)
    for number in (1, 2, 3):  # with the last one there is no room left for the mark either
        assert threads.submit(partial(done.append, number))
    let.set()
    threads.close(LONG)
    assert done == [0, 1, 2, 3]


def test_closing_what_never_began() -> None:
    Threads(2, 2).close(LONG)


def test_a_thread_that_hangs_keeps_no_process_from_ending() -> None:
    program = """
import threading
from crossfade.dal.background import Threads
begun = threading.Event()
def hang():
    begun.set()
    threading.Event().wait()
threads = Threads(1, 1)
threads.submit(hang)
begun.wait()
threads.submit(hang)
threads.close(0)
print("closed")
"""
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=LONG, check=True)  # noqa: S603 - our own program
    assert (ended.stdout, ended.stderr) == ("closed\n", "")
