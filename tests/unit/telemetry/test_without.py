"""Without an SDK nothing is told, and everything works; with one, nothing but OpenTelemetry's own switch is needed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

PROGRAM = """
import sys
sys.modules["opentelemetry.sdk"] = None  # importing it fails
import crossfade
contract, folder = sys.argv[1:]
with crossfade.open(contract, stage="mysql", embedded=True, embedded_path=folder) as app:
    made = app.repository("CATEGORY").create({"name": "Books"})
    assert app.repository("CATEGORY").get(made["id"]) == made
print("worked")
"""

SWITCHED_ON_LATER = """
import sys
import crossfade
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
contract, folder = sys.argv[1:]
with crossfade.open(contract, stage="mysql", embedded=True, embedded_path=folder) as app:
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    app.repository("CATEGORY").get(1)
print(*(span.name for span in exporter.get_finished_spans()), sep=", ")
"""
SHOP = Path(__file__).parents[3] / "contracts" / "migrationContract.json"


def ran(program: str, folder: Path) -> str:
    """What a program prints on standard output; it prints nothing else."""
    command = [sys.executable, "-W", "error", "-c", program, str(SHOP), str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own program
    assert done.stderr == ""
    return done.stdout.strip()


def test_without_an_sdk(tmp_path: Path) -> None:
    assert ran(PROGRAM, tmp_path) == "worked"


def test_with_an_sdk_that_is_set_up_after_the_import(tmp_path: Path) -> None:
    assert ran(SWITCHED_ON_LATER, tmp_path) == "transaction sqlite, CATEGORY.get"
