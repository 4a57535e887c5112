"""The command itself: help, version, and errors that are messages, not tracebacks."""

from __future__ import annotations

import io
import json
import sys
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import click
import pytest
from rich.console import Console

from crossfade.cli.main import cli, main

ROOT = Path(__file__).parents[3]
SHOP = ROOT / "contracts" / "migrationContract.json"


class Outcome:
    """What one run of the command left behind."""

    def __init__(self, capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> None:
        with pytest.raises(SystemExit) as exit_:
            main([str(a) for a in arguments])
        captured = capsys.readouterr()
        self.code, self.out, self.err = exit_.value.code, captured.out, captured.err


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Any:
    return lambda *arguments: Outcome(capsys, *arguments)


@pytest.mark.parametrize(
    "arguments",
    [(), ("contract",), *(("contract", verb) for verb in ("check", "schema", "docs", "lock", "generate"))],
)
def test_every_command_has_help(run: Any, arguments: tuple[str, ...]) -> None:
    outcome = run(*arguments, "--help")
    assert outcome.code == 0
    assert "Usage: crossfade" in outcome.out


def test_locking_says_that_it_writes_into_the_contract_itself(run: Any) -> None:
    assert "Write here instead of into FILE." in run("contract", "lock", "--help").out
    assert "Write here instead of to the terminal." in run("contract", "docs", "--help").out


def test_version(run: Any) -> None:
    assert run("--version").out.startswith("crossfade, version ")


def test_an_unknown_command_is_usage(run: Any) -> None:
    outcome = run("contrct")
    assert (outcome.code, "No such command" in outcome.err) == (2, True)


def test_the_shipped_contract_is_clean(run: Any) -> None:
    outcome = run("contract", "check", SHOP)
    assert outcome.code == 0
    assert outcome.out.splitlines()[-1].startswith(f"{SHOP}: clean")


def test_findings_exit_1_and_name_their_rule(run: Any, tmp_path: Path) -> None:
    contract = json.loads(SHOP.read_text(encoding="utf-8"))
    contract["tables"][0]["gsis"].append({"index_name": "Unused", "pk": "username"})
    file = tmp_path / "contract.json"
    file.write_text(json.dumps(contract), encoding="utf-8")
    outcome = run("contract", "check", file)
    assert outcome.code == 1, outcome.out + outcome.err
    assert "Unused" in outcome.out
    answer = json.loads(run("contract", "check", file, "--json").out)
    assert {f["code"] for f in answer["findings"]} == {
        line.split()[0] for line in outcome.out.splitlines() if line.startswith("CF")
    }


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('{"tables": [}', "line 1"),
        ('{"tabels": []}', "tables"),
        ("[]", "$"),
        ("3", "$"),
    ],
)
def test_a_file_that_cannot_be_read_exits_2(run: Any, tmp_path: Path, text: str, says: str) -> None:
    file = tmp_path / "contract.json"
    file.write_text(text, encoding="utf-8")
    outcome = run("contract", "check", file)
    assert (outcome.code, outcome.out) == (2, "")
    assert says in outcome.err
    assert "Traceback" not in outcome.err
    answer = json.loads(run("contract", "check", file, "--json").out)
    assert answer["error"]


def test_a_missing_file_exits_2(run: Any, tmp_path: Path) -> None:
    outcome = run("contract", "check", tmp_path / "none.json")
    assert (outcome.code, "none.json" in outcome.err) == (2, True)


def test_a_contract_that_is_set_to_nothing_is_none(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CROSSFADE_CONTRACT", "")
    for verb in ("cost", "install"):
        outcome = run(verb)
        assert (outcome.code, "no contract: pass" in outcome.err) == (2, True), outcome.err


def test_an_unreachable_server_exits_2(run: Any) -> None:
    outcome = run("contract", "check", SHOP, "--mysql-url", "mysql+pymysql://app:hunter2@127.0.0.1:1/shop")
    assert outcome.code == 2
    assert "127.0.0.1" in outcome.err
    assert "hunter2" not in outcome.err
    assert "Traceback" not in outcome.err


def test_schema_is_json(run: Any) -> None:
    assert json.loads(run("contract", "schema").out)["$schema"].startswith("https://json-schema.org/")


def test_docs_show_every_table_and_pattern(run: Any) -> None:
    page = run("contract", "docs", SHOP).out
    for expected in ("## Table Users", "### ORDER", "erDiagram", "AP30", "for_user", "GSI1"):
        assert expected in page


def test_docs_have_a_guide(run: Any) -> None:
    outcome = run("contract", "docs", "--page", "guide", SHOP)
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out.startswith("# Guide to shop\n")


def test_what_is_compiled_for_an_entity_can_be_printed(run: Any) -> None:
    shown = run("contract", "codec", SHOP, "ORDER").out
    assert shown.count("def codec(") == 2
    compile(shown, "shown", "exec")
    refused = run("contract", "codec", SHOP, "ORDERS")
    assert (refused.code, "there are USER, CART, ORDER" in refused.err) == (2, True)


def test_docs_can_be_written_to_a_file(run: Any, tmp_path: Path) -> None:
    page = tmp_path / "model.md"
    outcome = run("contract", "docs", SHOP, "-o", page)
    assert (outcome.code, outcome.out) == (0, "")
    assert page.read_text(encoding="utf-8") == run("contract", "docs", SHOP).out


def test_an_error_in_crossfade_itself_exits_2_with_its_traceback(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise TypeError("no such thing")

    monkeypatch.setitem(cli.commands, "broken", click.Command("broken", callback=broken))
    outcome = run("broken")
    assert (outcome.code, outcome.out) == (2, "")
    assert "Traceback" in outcome.err
    assert "TypeError: no such thing" in outcome.err


def test_what_the_terminal_cannot_encode_is_escaped(monkeypatch: pytest.MonkeyPatch) -> None:
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, encoding="ascii"))
    command = click.Command("tell", callback=lambda: Console().print("Ann → Än"))
    monkeypatch.setitem(cli.commands, "tell", command)
    with pytest.raises(SystemExit) as exit_:
        main(["tell"])
    sys.stdout.flush()
    assert (exit_.value.code, written.getvalue()) == (0, rb"Ann \u2192 \xc4n" b"\n")


def test_a_rehearsal_that_is_refused_is_no_wrong_use(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    stores = SimpleNamespace(contract=SimpleNamespace(groups={"shop": ()}))
    filled = SimpleNamespace(lines=lambda: (), filled=3)
    monkeypatch.setattr("crossfade.cli.rehearse._opened", lambda _: nullcontext((stores, {})))
    monkeypatch.setattr("crossfade.rehearsal.prepare.prepared", lambda *_: filled)
    outcome = run("rehearse")
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err == "Error: the tables hold rows, and a rehearsal writes and deletes: --yes, if that may be\n"
