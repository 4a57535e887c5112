"""What an implementation is known not to do, each with its reason. What is not listed here must pass."""

from __future__ import annotations

_MOTO_RACES = "moto does not make a conditional write one step: two threads can both pass the condition"

# By implementation, by the test's name (without parameters).
DIFFERENCES: dict[str, dict[str, str]] = {
    "moto": {},
}


def difference(kind: str, test: str, module: str) -> str | None:
    """Why an implementation is not held to a test, or None.

    Args:
        kind: the implementation.
        test: the test function's name.
        module: the module it is written in.
    """
    if kind == "moto" and module.endswith("cases_threads"):
        return _MOTO_RACES
    return DIFFERENCES.get(kind, {}).get(test)
