"""The fold `ai-ci` against the collation that it follows: every character, and pairs of characters."""

import unicodedata
from collections.abc import Sequence
from random import Random

from crossfade.contract.fold import folded
from tests.integration.servers import SqlServer

# Planes 4 to 13, 15 and 16 hold nothing: each of their characters has a weight of its own, as the end of plane 3 has.
CHARACTERS = [chr(c) for c in (*range(0xD800), *range(0xE000, 0x40000), *range(0xE0000, 0xE0200))]
PIECE = 3000


def weights(server: SqlServer, texts: Sequence[str]) -> list[str]:
    """What MySQL compares instead of each text."""
    found: list[str] = []
    for start in range(0, len(texts), PIECE):
        piece = texts[start : start + PIECE]
        asked = (f"HEX(WEIGHT_STRING(_utf8mb4 x'{t.encode().hex()}' COLLATE utf8mb4_0900_ai_ci))" for t in piece)
        found += server.execute(f"SELECT {', '.join(asked)}")[0]
    return found


def test_every_character_folds_to_what_weighs_the_same_and_to_nothing_else(mysql_server: SqlServer) -> None:
    weighed = dict(zip(CHARACTERS, weights(mysql_server, CHARACTERS), strict=True))
    texts = {character: folded(character, "ai-ci") for character in CHARACTERS}
    assert {c for c, text in texts.items() if "".join(weighed[part] for part in text) != weighed[c]} == set()
    assert len(set(texts.values())) == len(set(weighed.values()))
    assert {text for text in texts.values() if folded(text, "ai-ci") != text} == set()


def test_no_pair_weighs_otherwise_than_its_characters(mysql_server: SqlServer) -> None:
    random = Random(7)
    composed = [unicodedata.normalize("NFD", c) for c in CHARACTERS]
    pairs = [t for t in composed if len(t) > 1] + ["".join(random.sample(CHARACTERS, 2)) for _ in range(20_000)]
    together, apart = weights(mysql_server, pairs), weights(mysql_server, [c for pair in pairs for c in pair])
    of_parts = iter(apart)
    assert together == ["".join(next(of_parts) for _ in pair) for pair in pairs]
