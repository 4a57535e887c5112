"""What tests of the command line on the embedded shop name."""

from collections.abc import Callable
from pathlib import Path

SHOP = Path(__file__).parents[3] / "contracts" / "migrationContract.json"
Run = Callable[..., tuple[int, str]]
