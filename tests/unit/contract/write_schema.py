"""Writes `src/contract/schema.json`: python -m tests.unit.contract.write_schema."""

import json
from pathlib import Path

from crossfade.contract.format import json_schema

if __name__ == "__main__":
    target = Path(__file__).parents[3] / "src" / "contract" / "schema.json"
    target.write_text(json.dumps(json_schema(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
