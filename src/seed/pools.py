"""Words drawn from Faker beforehand: a few hundred of each kind, so that a row costs no call of Faker's."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import Any

from crossfade.dal.errors import ConfigurationError
from crossfade.seed.draw import Draw
from crossfade.seed.errors import SeedError

SIZE = 400
_LOCALES = ("en_US", "en_US", "en_US", "de_DE", "fr_FR", "es_ES", "pl_PL", "ja_JP")
# What Faker makes of today's date would differ tomorrow.
_OF_TODAY = frozenset({"credit_card_expire", "credit_card_full", "profile", "simple_profile", "passport_full",
                       "passport_dates", "passport_dob"})  # fmt: skip


@lru_cache(maxsize=256)
def pool(provider: str, seed: int, *, plain: bool = False) -> tuple[str, ...]:
    """Texts of a Faker provider.

    Args:
        provider: the provider's name, such as `catch_phrase`.
        seed: the run's.
        plain: only ASCII, for columns of a character set that has no more.

    Raises:
        ConfigurationError: Faker is not installed.
        SeedError: Faker has no such provider, or what it makes goes by today's date or is no text.
    """
    faker = _faker(Draw(seed, "pool", provider).bits(0), plain=plain)
    found = _method(faker, provider)
    texts = [_as_text(found(), provider) for _ in range(SIZE)]
    kept = dict.fromkeys(t for t in texts if t and not (plain and not t.isascii()))
    return tuple(kept) or ("-",)


def check_provider(provider: str) -> None:
    """Raises as `pool`, if it would."""
    pool(provider, 0)


def _faker(seed: int, *, plain: bool) -> Any:
    try:
        from faker import Faker  # noqa: PLC0415 - an optional extra
    except ImportError:
        raise ConfigurationError("made-up rows need the extra: pip install 'crossfade[seed]'") from None
    faker = _Locales([Faker(name) for name in (("en_US",) if plain else _LOCALES)], Draw(seed, "locale"))
    for i, one in enumerate(faker.members):
        one.seed_instance(seed + i)
    return faker


class _Locales:
    """Fakers of several languages, one of which answers each call."""

    def __init__(self, members: list[Any], draw: Draw) -> None:
        self.members = members
        self._draw = draw
        self._calls = 0

    def method(self, provider: str) -> Any:
        methods = [getattr(m.factories[0], provider, None) for m in self.members]
        known = [m for m in methods if callable(m)]

        def call() -> Any:
            self._calls += 1
            return known[self._draw.below(self._calls, len(known))]()

        return (call, known[0]) if known and methods[0] is not None else None


def _method(faker: _Locales, provider: str) -> Any:
    found = None if provider.startswith(("_", "seed", "add_", "set_", "get_")) else faker.method(provider)
    if found is None:
        raise SeedError(f"Faker has no provider {provider!r}")
    call, first = found
    module = type(getattr(first, "__self__", None)).__module__
    if provider in _OF_TODAY or ".date_time" in module:
        raise SeedError(f"Faker's {provider!r} goes by today's date: use from and to instead")
    return call


def _as_text(value: Any, provider: str) -> str:
    if isinstance(value, (str, int, float)) or type(value).__name__ == "Decimal":
        return " ".join(str(value).split())
    raise SeedError(f"Faker's {provider!r} makes no text but {type(value).__name__}")


@lru_cache(maxsize=4096)
def ascii_word(text: str) -> str:
    """A text as a word of an address: its Latin letters in lower case; `user` where it has none."""
    folded = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return "".join(c for c in folded if c.isalpha()) or "user"
