"""Generated modules: they are typed Python, and they work."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from inspect import signature
from pathlib import Path
from types import ModuleType
from typing import Any, get_args

import pytest

from crossfade.cli.main import main
from crossfade.contract import Contract, ContractError, load
from crossfade.contract.generate import generate_module
from crossfade.contract.generate_names import OPERATIONS, PARAMETERS, class_name
from crossfade.dal import TypedRepository
from crossfade.dal.entity import bind
from tests.unit.contract.editing import author, book, named
from tests.unit.contract.examples import bookshop

ROOT = Path(__file__).parents[3]
CONTRACTS = [
    ROOT / "contracts" / "migrationContract.json",
    ROOT / "contracts" / "examples" / "coagent" / "migrationContract.json",
    ROOT / "contracts" / "examples" / "calendsync" / "migrationContract.json",
    ROOT / "tests" / "contracts" / "library" / "contract.json",
]


@contextmanager
def made(contract: Contract) -> Iterator[Any]:
    """The generated module, run."""
    module = ModuleType("generated")
    sys.modules["generated"] = module  # dataclasses look their module up
    try:
        exec(generate_module(contract), module.__dict__)  # noqa: S102 - running it is the test
        yield module
    finally:
        del sys.modules["generated"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [("ORDER", "Order"), ("ORDER_ITEM", "OrderItem"), ("order-item", "OrderItem"), ("UsageDaily", "UsageDaily")],
)
def test_class_names(name: str, expected: str) -> None:
    assert class_name(name) == expected


@pytest.mark.parametrize("path", CONTRACTS, ids=lambda p: p.parent.name)
def test_the_classes_bind_to_their_entities(path: Path) -> None:
    contract = load(path)
    with made(contract) as module:
        for name in contract.entities:
            cls = getattr(module, class_name(name))
            assert bind(contract, cls).cls is cls
            for pattern in contract.entities[name].access_patterns:
                assert callable(getattr(getattr(module, class_name(name) + "Repository"), pattern))


def test_a_printed_instance_tells_nothing_sensitive() -> None:
    with made(load(CONTRACTS[0])) as module:
        told = repr(module.User(username="ann", email="ann@example.org", password_hash="scrypt$1"))
    assert ("ann@example.org" in told, "scrypt$1" in told) == (True, False)


@pytest.mark.parametrize("path", CONTRACTS, ids=lambda p: p.parent.name)
def test_a_strict_type_checker_and_the_linter_accept_it(path: Path, tmp_path: Path) -> None:
    module = tmp_path / "generated.py"
    module.write_text(generate_module(load(path)), encoding="utf-8")
    for command in (
        ["mypy", "--strict", "--config-file", str(ROOT / "pyproject.toml"), str(module)],
        ["ruff", "check", "--config", str(ROOT / "pyproject.toml"), "--ignore", "INP001,A002", str(module)],
        ["ruff", "format", "--check", "--config", str(ROOT / "pyproject.toml"), str(module)],
    ):
        done = subprocess.run([sys.executable, "-m", *command], capture_output=True, text=True, cwd=ROOT, check=False)  # noqa: S603 - fixed commands
        assert done.returncode == 0, done.stdout + done.stderr


def test_what_a_row_must_have_is_to_be_given() -> None:
    contract = bookshop()
    named(book(contract), "chapters")["join"]["construction"]["required"] = ["heading"]
    with made(load(contract)) as module:
        assert module.BookChapters(heading="One").pages is None
        with pytest.raises(TypeError, match="heading"):
            module.BookChapters(pages=1)


def edited(change: Callable[[dict[str, Any]], object]) -> Contract:
    """The bookshop's contract after a change."""
    contract = bookshop()
    change(contract)
    return load(contract)


def asked(name: str) -> Callable[[dict[str, Any]], None]:
    """Let authors be asked for by a field of this name, which stands for their names."""

    def change(contract: dict[str, Any]) -> None:
        called(name)(contract)
        author(contract)["access_patterns"].append({"name": "by_this", "by": [name], "scan": True})

    return change


def called(name: str) -> Callable[[dict[str, Any]], None]:
    """Give authors' names another field."""
    return lambda contract: named(author(contract), "name").update(field=name)


def renamed(name: str) -> Callable[[dict[str, Any]], None]:
    """Give the books' entity another name."""

    def change(contract: dict[str, Any]) -> None:
        book(contract)["entity_type"] = name
        contract["groups"]["shop"] = ["AUTHOR", name]

    return change


def rows_of(column: str) -> Callable[[dict[str, Any]], None]:
    """Give the rows of the books' chapters a column more."""

    def change(contract: dict[str, Any]) -> None:
        construction = named(book(contract), "chapters")["join"]["construction"]
        construction["select_columns"][column] = "chapters.heading"
        construction["source_types"][column] = "varchar(100)"

    return change


def shapes(*tags: str, members: tuple[str, ...] = ("pages",)) -> Callable[[dict[str, Any]], None]:
    """Let authors' names be JSON that has one of several shapes, with such tags."""
    told = {"tag": "type", "shapes": {tag: dict.fromkeys(members, "int") for tag in tags}}
    return lambda contract: named(author(contract), "name").update(type="M", source_type="json", variants=told)


REFUSED: list[tuple[str, Callable[[dict[str, Any]], object], str, str]] = [
    *((f"field {name}", called(name), ".attributes[2]", "Python") for name in ("class", "None", "__id")),
    (
        "field that Python spells otherwise",
        lambda c: named(author(c), "name").update(name="\ufb01x", source_column="name"),
        ".attributes[2]",
        "Python",
    ),
    ("field field", called("field"), ".attributes[2]", "hide"),
    ("column class", rows_of("class"), ".attributes[7]", "Python"),
    ("two variants of a name", shapes("a-b", "a_b"), ".attributes[2]", "the variant 'a-b'"),
    ("a variant without letters", shapes("a", "-"), ".attributes[2]", "the field 'name'"),
    *(
        (f"parameter {name}", asked(name), ".access_patterns[1]", "parameter")
        for name in ("self", "pattern", "limit", "cursor", "order", "where")
    ),
    *(
        (f"pattern {name}", lambda c, n=name: author(c)["access_patterns"][0].update(name=n), "[0].name", told)
        for name, told in (("def", "Python"), ("None", "Python"), ("get", "already"), ("_inner", "already"))
    ),
    *(
        (f"entity {name}", renamed(name), ".entities[1]", told)
        for name, told in (
            ("1", "no Python name"),
            ("\u00e9", "no Python name"),
            ("none", "no Python name"),
            ("page", "imports"),
            ("author", "'AUTHOR' does"),
            ("AuthorRepository", "'AUTHOR' (its repository) does"),
        )
    ),
]


@pytest.mark.parametrize(("change", "place", "told"), [r[1:] for r in REFUSED], ids=[r[0] for r in REFUSED])
def test_names_that_a_module_cannot_have_are_refused(
    change: Callable[[dict[str, Any]], object], place: str, told: str
) -> None:
    contract = edited(change)
    with pytest.raises(ContractError) as raised:
        generate_module(contract)
    [problem, *_] = raised.value.problems
    assert problem.path.endswith(place)
    assert told in problem.message


def test_the_command_says_which_names_it_cannot_use(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    contract = bookshop()
    called("class")(contract)
    file = tmp_path / "contract.json"
    file.write_text(json.dumps(contract), encoding="utf-8")
    with pytest.raises(SystemExit) as ended:
        main(["contract", "generate", str(file)])
    said = capsys.readouterr()
    assert (ended.value.code, said.out) == (2, "")
    assert "$.tables[0].entities[0].attributes[2]: the field 'class'" in said.err
    assert "in crossfade itself" not in said.err


@pytest.mark.parametrize(
    "text",
    [
        "a\\b",
        "C:\\new\\",
        "\0",
        'it ends """here',
        '"',
        "two\nlines",
        "\\" * 300,
        "\0" * 80,
        "\\N{x} \\u12",
        " ",
    ],
)
def test_descriptions_and_names_of_entities_end_no_text(text: str) -> None:
    def change(contract: dict[str, Any]) -> None:
        author(contract)["access_patterns"][0]["description"] = text
        renamed(f"Book{text[:200]}")(contract)

    with made(edited(change)) as module:
        assert module.AuthorRepository.by_email.__doc__.startswith("AP1:")


def test_no_pattern_takes_the_place_of_what_repositories_have() -> None:
    has = {name for name in vars(TypedRepository) if not name.startswith("__")} - {"_is_protocol"}
    takes = set(signature(TypedRepository.find).parameters) - {"args"}
    assert has | {"_inner"} == OPERATIONS
    assert takes == PARAMETERS


def test_half_a_surrogate_pair_can_be_written() -> None:
    contract = edited(lambda c: author(c)["access_patterns"][0].update(description="\ud800"))
    assert generate_module(contract).isascii()


def test_any_value_can_be_a_literal() -> None:
    values = ["two\nlines", 'a"b', "C:\\new\\", "\0"]
    written = ",".join(f"'{value}'" for value in values)
    contract = edited(lambda c: named(author(c), "name").update(source_type=f"enum({written})"))
    known = contract.entities["AUTHOR"].fields["name"].value_type.values
    with made(contract) as module:
        assert get_args(eval(module.Author.__annotations__["name"].removesuffix(" | None"), vars(module))) == known  # noqa: S307 - what was generated


@pytest.mark.parametrize("members", [("pages",), ("class", "__x", 'a"b')])
def test_a_shape_has_any_tag_and_any_members(members: tuple[str, ...]) -> None:
    tags = ('it ends """', "C:\\new\\", "two\nlines\0")
    with made(edited(shapes(*tags, members=members))) as module:
        assert set(module.AuthorNameCNew.__annotations__) == {"type", *members}
