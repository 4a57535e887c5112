"""The conformance tests: one suite, run over every implementation of `Store`.

The cases are written once, against a `Backend`; thin modules in tests/unit and tests/integration collect them
for the implementations they can open. How many passed for each is printed at the end of a run.
"""

import pytest

CASES = (
    "batches",
    "changes",
    "conditions",
    "defects",
    "derived",
    "errors",
    "finding",
    "ids",
    "keys",
    "pages",
    "ranges",
    "references",
    "rows",
    "threads",
    "times",
    "uniques",
    "updating",
    "values",
    "work",
    "work_large",
    "work_refused",
    "writing",
)
for _name in (*(f"cases_{case}" for case in CASES), "backend", "samples"):
    pytest.register_assert_rewrite(f"tests.conformance.{_name}")
