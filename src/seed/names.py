"""Text by a column's name: what people call `email`, `city` or `sku` looks like one."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from crossfade.contract.source import SourceColumn, SourceTable
from crossfade.contract.types import ValueType
from crossfade.seed.draw import Draw, Weighted
from crossfade.seed.pools import ascii_word, pool

Text = Callable[[int], str]

_SUFFIX = 11  # a space and a number of at most ten digits
_PEOPLE = re.compile(r"user|member|customer|author|employee|person|people|contact|client|account|artist|actor|staff"
                     r"|owner|patient|student|teacher|seller|buyer|agent|driver|guest|profile")  # fmt: skip

# The first pattern that is found in the column's name, in snake case, decides: it names a Faker provider.
_PROVIDERS: tuple[tuple[str, str], ...] = (
    (r"first_?name|given_?name|forename|vorname", "first_name"),
    (r"last_?name|sur_?name|family_?name|nachname", "last_name"),
    (r"middle_?name", "first_name"),
    (r"full_?name|display_?name|contact_?name|recipient|composer|author|director|actor$|writer|artist$", "name"),
    (r"company|employer|organi[sz]ation|supplier|vendor|manufacturer|brand|publisher", "company"),
    (r"phone|mobile|fax|telephone", "phone_number"),
    (r"country_?code", "country_code"),
    (r"country|nation", "country"),
    (r"city|town|municipality", "city"),
    (r"zip|postal|postcode|plz", "postcode"),
    (r"street|address_?(line)?_?1?$", "street_address"),
    (r"address", "street_address"),
    (r"(^|_)(province|region|county)(_name)?$", "state"),
    (r"user_?agent|browser", "user_agent"),
    (r"image|photo|picture|avatar|thumbnail|logo", "image_url"),
    (r"url|website|link|href|homepage", "url"),
    (r"domain|host", "domain_name"),
    (r"ipv?6", "ipv6"),
    (r"(^|_)ip(v?4)?(_|$)", "ipv4"),
    (r"mac_?addr", "mac_address"),
    (r"iban", "iban"),
    (r"bic|swift", "swift"),
    (r"isbn", "isbn13"),
    (r"(^|_)(ean|upc|barcode|gtin)", "ean13"),
    (r"colou?r", "hex_color"),
    (r"currency", "currency_code"),
    (r"locale", "locale"),
    (r"lang", "language_name"),
    (r"time_?zone|tzid|(^|_)tz$", "timezone"),
    (r"mime|content_?type", "mime_type"),
    (r"file|path$", "file_path"),
    (r"license_?plate", "license_plate"),
    (r"ssn|social_security", "ssn"),
    (r"job|occupation|profession|position$", "job"),
    (r"slug", "slug"),
    (r"uuid|guid", "uuid4"),
    (r"md5", "md5"),
    (r"token|secret|hash|digest|checksum|fingerprint|signature|api_?key", "sha256"),
    (r"description|summary|body|content|text|comment|message|review|bio|about|remark|reason|notes?$", "paragraph"),
    (r"title|subject|headline|caption|label|tagline|slogan|topic", "catch_phrase"),
)
_WORDS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (r"status|state$", ("active", "active", "active", "pending", "done", "failed")),
    (r"role", ("member", "member", "member", "editor", "admin")),
    (r"(^|_)plan", ("FREE", "FREE", "SMALL", "MEDIUM", "LARGE")),
    (r"priority|severity", ("normal", "normal", "low", "high")),
    (r"gender|sex", ("f", "m", "x")),
    (r"(^|_)(unit)(_|$)", ("pc", "kg", "l", "m")),
    (r"size", ("S", "M", "L", "XL")),
    (r"rrule", ("FREQ=WEEKLY;BYDAY=MO", "FREQ=DAILY", "FREQ=WEEKLY;BYDAY=TU,TH", "FREQ=MONTHLY;BYMONTHDAY=1")),
    (r"type|kind|category|(^|_)class", ("standard", "standard", "premium", "special")),
    (r"provider", ("google", "google", "github", "apple")),
    (r"room|shelf|aisle|seat|gate|floor", ("A1", "A2", "B1", "B2", "C1", "C2")),
)
_MATERIALS = (
    "Oak",
    "Steel",
    "Linen",
    "Cotton",
    "Granite",
    "Leather",
    "Copper",
    "Bamboo",
    "Wool",
    "Glass",
    "Cork",
    "Silk",
)
_STYLES = ("Classic", "Compact", "Light", "Sturdy", "Modern", "Rustic", "Handmade", "Folding", "Quiet", "Warm", "Slim")
_THINGS = ("Chair", "Lamp", "Table", "Mug", "Backpack", "Keyboard", "Jacket", "Clock", "Notebook", "Kettle", "Shelf",
           "Bottle", "Blanket", "Headphones", "Wallet", "Scarf")  # fmt: skip
_FIELDS = ("Garden", "Kitchen", "Music", "Travel", "Office", "Sports", "Books", "Toys", "Health", "Outdoor", "Home",
           "Fashion", "Art", "Science", "History", "Tools", "Games", "Food")  # fmt: skip


def snake(name: str) -> str:
    """A column's name in lower case with underscores: `CreatedAt` and `createdAt` become `created_at`."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name)
    return re.sub(r"[^a-z0-9]+", "_", spaced.lower()).strip("_")


@dataclass(frozen=True, slots=True)
class Texts:
    """Makes the texts of one table's columns.

    Attributes:
        seed: the run's.
        table: the table.
        people: texts of other columns of the row that a person's address is made of: first and last name.
    """

    seed: int
    table: SourceTable
    people: Callable[[], tuple[Text, Text]]

    def text(self, column: SourceColumn, *, distinct: bool) -> Text:
        """The texts of a column.

        Args:
            column: the column.
            distinct: whether all must differ, also without regard to case, accents and trailing spaces. The
                column then has room for 16 characters at least.
        """
        draw = Draw(self.seed, self.table.name, column.name)
        make = self._maker(snake(column.name), column, draw, distinct=distinct)
        fit = fitted(column.type)
        if not distinct:
            return lambda i: fit(make(i))
        return make

    def _maker(self, name: str, column: SourceColumn, draw: Draw, *, distinct: bool) -> Text:
        room = _room(column.type) - _SUFFIX
        if re.search(r"e_?mail", name) and room >= 14:
            return self._email(draw, room)
        if re.search(r"(user|login|screen|account|nick)_?name|^login|handle|nick", name):
            return self._username(room)
        if re.search(r"pass_?w|pin$", name) and not distinct:
            return lambda i: "$2b$12$" + draw.content(i, 40).hex()[:53]
        plain = self.words(name, column, draw)
        return numbered(plain, column.type) if distinct else plain

    def words(self, name: str, column: SourceColumn, draw: Draw) -> Text:
        """Texts for a column called `name` in snake case; not yet as short as the column is."""
        length = _room(column.type)
        listed = next((words for pattern, words in _WORDS if re.search(pattern, name)), None)
        provider = next((p for pattern, p in _PROVIDERS if re.search(pattern, name)), None)
        if re.search(r"(^|_)state$", name) and any(
            re.search(r"city|country|zip|postal", snake(c)) for c in self.table.columns
        ):
            provider = "state"
        if provider is not None and not (provider in {"image_url", "url"} and length < 20):
            return self.pooled(provider, column, draw)
        if listed:
            options = Weighted(listed)
            return lambda i: str(options.at(draw.unit(i)))
        if name.endswith("name") or name == "label":
            return self._name(column, draw)
        if length <= 12:
            return lambda i: draw.content(i, 6).hex()[:length].upper()
        return self.pooled("catch_phrase" if length <= 300 else "paragraph", column, draw)

    def pooled(self, provider: str, column: SourceColumn, draw: Draw) -> Text:
        """Texts of a Faker provider."""
        texts = pool(provider, self.seed, plain=is_plain(column.type))
        count = len(texts)
        return lambda i: texts[draw.below(i, count)]

    def _name(self, column: SourceColumn, draw: Draw) -> Text:
        table = snake(self.table.name)
        if _PEOPLE.search(table):
            return self.pooled("name", column, draw)
        if re.search(r"categor|genre|tag|topic|department|section", table):
            return lambda i: _FIELDS[draw.below(i, len(_FIELDS))]
        if re.search(r"product|item|article|good|part", table):
            second, third = draw.of(2), draw.of(3)
            return lambda i: " ".join(
                (_STYLES[draw.below(i, len(_STYLES))], _MATERIALS[second.below(i, len(_MATERIALS))],
                 _THINGS[third.below(i, len(_THINGS))])
            )  # fmt: skip
        if re.search(r"cit|town|branch|place|location|store|venue", table):
            return self.pooled("city", column, draw)
        if re.search(r"lang", table):
            return self.pooled("language_name", column, draw)
        if re.search(r"countr", table):
            return self.pooled("country", column, draw)
        return self.pooled("company" if re.search(r"compan|shop|suppl|vendor", table) else "catch_phrase", column, draw)

    def _email(self, draw: Draw, room: int) -> Text:
        first, last = self.people()
        hosts = Weighted(("example.com", "example.org", "example.net"), (6, 3, 1))
        longest = max(1, room - 12)  # "@example.com"

        def email(i: int) -> str:
            local = f"{ascii_word(first(i))}.{ascii_word(last(i))}"[:longest].rstrip(".")
            return f"{local}{i + 1}@{hosts.at(draw.unit(i))}"

        return email

    def _username(self, room: int) -> Text:
        first, last = self.people()
        longest = max(1, room)

        def username(i: int) -> str:
            return f"{ascii_word(first(i))}_{ascii_word(last(i))}"[:longest].rstrip("_") + str(i + 1)

        return username


def numbered(plain: Text, type_: ValueType) -> Text:
    """The texts, each with its row's number: different ones, where the column has room for 16 characters."""
    room = _room(type_) - _SUFFIX
    # A prefix index on TEXT sees the beginning alone.
    if type_.byte_length:
        fit = fitted(type_)
        return lambda i: fit(f"{i + 1} {plain(i)}")
    return lambda i: f"{plain(i)[:room].rstrip()} {i + 1}".lstrip()


def _room(type_: ValueType) -> int:
    return type_.length or 255


def is_plain(type_: ValueType) -> bool:
    """Whether the column's character set may have no more than ASCII."""
    return type_.collation is not None and not type_.collation.startswith(("utf8", "ucs2", "utf16", "utf32", "uca"))


def fitted(type_: ValueType) -> Callable[[str], str]:
    """Cuts a text to what the column holds."""
    length = type_.length
    if length is None or length > 2**16:
        return lambda text: text
    if type_.byte_length:
        return lambda text: text.encode()[:length].decode(errors="ignore").rstrip()
    return lambda text: text[:length].rstrip() if len(text) > length else text
