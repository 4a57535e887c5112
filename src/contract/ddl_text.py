"""Statements and tokens of a MySQL script: as much of MySQL's lexical rules as DDL needs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from crossfade.contract.source import SchemaError

_STRING = r"'(?:[^'\\]|\\.|'')*'|\"(?:[^\"\\]|\\.|\"\")*\""
_COMMENT = r"--(?=\s|$)[^\n]*|\#[^\n]*|/\*.*?\*/"
_TOKEN = re.compile(
    rf"(?P<space>\s+|{_COMMENT})|(?P<quoted>`(?:[^`]|``)*`)|(?P<string>{_STRING})"
    r"|(?P<number>\d+(?:\.\d+)?(?![\w$]))|(?P<word>[\w$]+)|(?P<mark>.)",
    re.S,
)
_DELIMITER = re.compile(r"^[ \t]*DELIMITER[ \t]+(\S+)[ \t]*\r?$", re.I | re.M)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "0": "\0", "b": "\b", "Z": "\x1a"}


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement's text and the line it begins on."""

    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Token:
    """A token: its kind (word, quoted, string, number, mark), its value and its place in the text."""

    kind: str
    text: str
    start: int
    end: int


def statements(script: str) -> Iterator[Statement]:
    """The statements of a script, without their delimiters; mysql's DELIMITER command is understood."""
    position, delimiter = 0, ";"
    for command in [*_DELIMITER.finditer(script), None]:
        end = command.start() if command else len(script)
        yield from _split(script, position, end, delimiter)
        if command:
            position, delimiter = command.end(), command[1]


def _split(script: str, position: int, end: int, delimiter: str) -> Iterator[Statement]:
    pattern = re.compile(rf"{_STRING}|`(?:[^`]|``)*`|(?P<comment>{_COMMENT})|(?P<end>{re.escape(delimiter)})", re.S)
    start = position
    for match in [*pattern.finditer(script, position, end), None]:
        if match is None or match["end"]:
            text = script[start : match.start() if match else end]
            blank = _leading(text)
            if text[blank:].strip():
                yield Statement(text[blank:], script.count("\n", 0, start + blank) + 1)
            start = match.end() if match else end


def _leading(text: str) -> int:
    """Length of the blanks and comments at the start; a versioned comment (`/*!40101 ...`) is no comment."""
    found = re.match(r"(?:\s+|--(?=\s|$)[^\n]*|\#[^\n]*|/\*(?!!).*?\*/)*", text, re.S)
    return found.end() if found else 0


def tokens(statement: Statement) -> list[Token]:
    """The tokens of a statement, comments left out.

    Raises:
        SchemaError: a quote that is not closed.
    """
    found = []
    for match in _TOKEN.finditer(statement.text):
        kind = str(match.lastgroup)
        if kind == "space":
            continue
        if kind == "mark" and match[0] in "'\"`":
            line = statement.line + statement.text.count("\n", 0, match.start())
            raise SchemaError(f"a quote {match[0]} that is not closed", line=line)
        found.append(Token(kind, _value(kind, match[0]), match.start(), match.end()))
    return found


def _value(kind: str, text: str) -> str:
    if kind == "quoted":
        return text[1:-1].replace("``", "`")
    if kind == "string":
        quote = text[0]
        body = text[1:-1].replace(quote * 2, quote)
        return re.sub(r"\\(.)", lambda m: _ESCAPES.get(m[1], m[1]), body, flags=re.S)
    return text
