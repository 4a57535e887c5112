"""The one place where the tests wait for something outside the process."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def wait_until(
    attempt: Callable[[], T],
    *,
    seconds: float = 60,
    every: float = 0.05,
    errors: tuple[type[BaseException], ...] = (Exception,),
) -> T:
    """Call `attempt` until it neither raises one of `errors` nor returns None or False.

    Raises TimeoutError after `seconds`, from the last error if there was one.
    """
    end = time.monotonic() + seconds
    while True:
        last: BaseException | None = None
        try:
            result = attempt()
            if result is not None and result is not False:
                return result
        except errors as error:
            last = error
        if time.monotonic() > end:
            raise TimeoutError(f"{attempt} did not succeed within {seconds} s: {last!r}") from last
        time.sleep(every)
