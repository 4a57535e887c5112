"""A cursor over the tokens of one DDL statement, and the clauses that occur in several places."""

from __future__ import annotations

from crossfade.contract.ddl_text import Statement, Token, tokens
from crossfade.contract.source import Action, SchemaError

# The default collations of MySQL 8.4's character sets that occur in practice (SHOW CHARACTER SET).
_CHARSET_COLLATIONS = {
    "utf8mb4": "utf8mb4_0900_ai_ci",
    "utf8mb3": "utf8mb3_general_ci",
    "utf8": "utf8mb3_general_ci",
    "latin1": "latin1_swedish_ci",
    "ascii": "ascii_general_ci",
    "binary": "binary",
}
_ACTIONS: dict[str, Action] = {"CASCADE": "cascade", "RESTRICT": "restrict"}
_END = Token("end", "", -1, -1)


class Cursor:
    """Reads tokens one after the other; every method that finds something moves past it."""

    def __init__(self, statement: Statement) -> None:
        self.statement = statement
        self._tokens = tokens(statement)
        self._position = 0

    @property
    def here(self) -> Token:
        """The next token; one of kind `end` after the last."""
        return self._tokens[self._position] if self._position < len(self._tokens) else _END

    def error(self, message: str) -> SchemaError:
        """The error `message` at the next token's line."""
        offset = self.here.start if self.here.start >= 0 else len(self.statement.text)
        near = f" near {self.here.text!r}" if self.here.kind != "end" else " at its end"
        line = self.statement.line + self.statement.text.count("\n", 0, offset)
        return SchemaError(message + near, line=line)

    def next(self) -> Token:
        """The next token, whatever it is. Raises SchemaError at the end."""
        if self.here.kind == "end":
            raise self.error("the statement ends too early")
        self._position += 1
        return self._tokens[self._position - 1]

    def accept(self, *words: str) -> bool:
        """Whether the next tokens are these unquoted words, in any case."""
        following = self._tokens[self._position : self._position + len(words)]
        found = len(following) == len(words) and all(
            t.kind == "word" and t.text.upper() == w for t, w in zip(following, words, strict=True)
        )
        self._position += len(words) if found else 0
        return found

    def mark(self, text: str) -> bool:
        """Whether the next token is this punctuation mark."""
        found = self.here.kind == "mark" and self.here.text == text
        self._position += found
        return found

    def until(self, word: str) -> None:
        """Move past the next `word`. Raises SchemaError if there is none."""
        while not self.accept(word):
            self.next()

    def name(self) -> str:
        """An identifier; of `database.name`, the name."""
        token = self.next()
        if token.kind not in {"word", "quoted"}:
            self._position -= 1
            raise self.error("wants a name")
        return self.name() if self.mark(".") else token.text

    def group(self) -> str:
        """The text of a group in parentheses, without them."""
        if not self.mark("("):
            raise self.error("wants (")
        start, depth = self.here.start, 1
        while True:
            token = self.next()
            if token.kind == "mark":
                depth += (token.text == "(") - (token.text == ")")
            if not depth:
                return self.statement.text[start : token.start]

    def names(self) -> tuple[str, ...]:
        """Identifiers in parentheses."""
        return self._list(self.name)

    def key_parts(self) -> tuple[str, ...]:
        """The parts of a key: column names; prefix length and direction are passed over, an expression is its text."""
        return self._list(self._key_part)

    def _key_part(self) -> str:
        if self.here.kind == "mark" and self.here.text == "(":
            return f"({self.group()})"
        name = self.name()
        if self.here.text == "(":
            self.group()
        if not self.accept("ASC"):
            self.accept("DESC")
        return name

    def _list(self, item: object) -> tuple[str, ...]:
        assert callable(item)  # noqa: S101 - narrows the type; only this class calls it
        if not self.mark("("):
            raise self.error("wants (")
        found = [item()]
        while self.mark(","):
            found.append(item())
        if not self.mark(")"):
            raise self.error("wants )")
        return tuple(found)

    def references(self) -> tuple[str, tuple[str, ...], Action, Action]:
        """What follows REFERENCES: the table, its columns, ON DELETE, ON UPDATE."""
        table, columns = self.name(), self.names()
        actions: dict[str, Action] = {"DELETE": "restrict", "UPDATE": "restrict"}
        if self.accept("MATCH"):
            self.next()
        while self.accept("ON"):
            event = self.next().text.upper()
            if event not in actions:
                raise self.error("wants ON DELETE or ON UPDATE")
            actions[event] = self._action()
        return table, columns, actions["DELETE"], actions["UPDATE"]

    def _action(self) -> Action:
        if self.accept("SET", "NULL"):
            return "set_null"
        if self.accept("NO", "ACTION") or self.accept("SET", "DEFAULT"):
            return "restrict"
        word = self.next().text.upper()
        if word not in _ACTIONS:
            raise self.error("wants CASCADE, SET NULL, RESTRICT or NO ACTION")
        return _ACTIONS[word]

    def collation(self) -> str | None:
        """The collation that the rest of the statement (table or database options) names, or implies."""
        collation = charset = None
        while self.here.kind != "end":
            if self.accept("COLLATE"):
                self.mark("=")
                collation = self.next().text
            elif self.charset_word():
                self.mark("=")
                charset = self.next().text
            else:
                self.next()
        return collation or (charset_collation(charset) if charset else None)

    def charset_word(self) -> bool:
        """Whether CHARACTER SET or CHARSET follows."""
        return self.accept("CHARACTER", "SET") or self.accept("CHARSET") or self.accept("CHAR", "SET")


def charset_collation(charset: str) -> str:
    """The default collation of a character set."""
    return _CHARSET_COLLATIONS.get(charset.lower(), f"{charset.lower()}_general_ci")
