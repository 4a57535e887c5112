"""Tasks worked off several at a time; whatever ends the work, what is not done is known."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Generic, TypeVar

from crossfade.migration.errors import Stopped
from crossfade.migration.stop import Stop

T = TypeVar("T")
R = TypeVar("R")


class Tasks(Generic[T, R]):
    """Tasks, begun in order.

    Args:
        tasks: what is to be done.
        work: does a part of a task, in a thread; gives its result, and the task that is left of it, or None.
        workers: how many tasks are worked on at a time.
        may_begin: whether a task may begin while others are worked on; those behind it wait with it.
        stop: once set, no part is begun any more.

    Attributes:
        whole: whether `left` says exactly what the taken results do not hold; not so for a moment while one is taken.
    """

    def __init__(
        self,
        tasks: Iterable[T],
        work: Callable[[T], tuple[R, T | None]],
        *,
        workers: int,
        may_begin: Callable[[T, Sequence[T]], bool],
        stop: Stop,
    ) -> None:
        self._left = dict(enumerate(tasks))
        self._running: dict[Future[tuple[R, T | None]], int] = {}
        self._work, self._workers, self._may_begin, self._stop = work, workers, may_begin, stop
        self.whole = True

    @property
    def left(self) -> list[T]:
        """What is not done. A task stays here until what is left of it takes its place."""
        return list(self._left.values())

    def run(self, take: Callable[[R], None], turn: Callable[[], None]) -> None:
        """Work until nothing is left, or until the parts in flight are done when it is to end.

        Args:
            take: told each result, in this thread.
            turn: called after the results of each turn were taken.

        Raises:
            Exception: what `work`, `take` or `turn` raised.
        """
        with ThreadPoolExecutor(self._workers, "crossfade") as pool:
            try:
                while self._fill(pool):
                    for future in wait(self._running, return_when=FIRST_COMPLETED).done:
                        self._landed(future, take)
                    turn()
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise

    def _fill(self, pool: ThreadPoolExecutor) -> bool:
        while not self._stop.event.is_set() and len(self._running) < self._workers:
            number = self._next()
            if number is None:
                break
            self._running[pool.submit(self._work, self._left[number])] = number
        return bool(self._running)

    def _next(self) -> int | None:
        running = set(self._running.values())
        number = next((n for n in self._left if n not in running), None)
        if number is None or not self._may_begin(self._left[number], [self._left[n] for n in running]):
            return None
        return number

    def _landed(self, future: Future[tuple[R, T | None]], take: Callable[[R], None]) -> None:
        number = self._running.pop(future)
        try:
            result, following = future.result()
        except Stopped:
            return
        self.whole = False
        take(result)
        if following is None:
            del self._left[number]
        else:
            self._left[number] = following
        self.whole = True
