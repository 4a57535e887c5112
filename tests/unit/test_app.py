"""`crossfade.open`: the flag selects the store, and what is missing is said."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import crossfade
from crossfade.contract.model import Entity
from crossfade.dal.admitted import admitter
from crossfade.dal.errors import ConfigurationError, StoreUnavailable
from crossfade.dal.source import Source

SHOP = Path(__file__).parents[2] / "contracts" / "migrationContract.json"


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting of the machine reaches these tests."""
    for name in ("CONTRACT", "STAGE", "MYSQL_URL", "TABLE_PREFIX", "EMBEDDED", "CONFIG"):
        monkeypatch.delenv(f"CROSSFADE_{name}", raising=False)
    for name in ("AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.chdir(tmp_path)


def embedded(stage: str, folder: Path, **more: Any) -> crossfade.App:
    return crossfade.open(SHOP, stage=stage, embedded=True, embedded_path=str(folder), **more)


@pytest.mark.parametrize(("stage", "store"), [("mysql", "mysql"), ("dynamodb", "dynamodb"), ("phase 5", "dynamodb")])
def test_the_stage_selects_the_store(stage: str, store: str, tmp_path: Path) -> None:
    with embedded(stage, tmp_path, table_prefix=f"{tmp_path.name}-") as app:
        assert app.store.name == store
        app.check()
        stored = app.repository("CATEGORY").create({"name": "Books"})
        assert stored["parent_name"] == "ROOT"
        found = app.repository("CATEGORY").get(stored["id"])
        assert found == stored


def test_everything_from_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    settings = {"CONTRACT": str(SHOP), "STAGE": "mysql", "EMBEDDED": "1", "EMBEDDED_PATH": str(tmp_path)}
    for name, value in settings.items():
        monkeypatch.setenv(f"CROSSFADE_{name}", value)
    with crossfade.open() as app:
        assert (app.stage, app.store.name) == ("mysql", "mysql")


def test_everything_from_the_file(tmp_path: Path) -> None:
    text = f'contract = "{SHOP}"\nstage = "dynamodb"\nembedded = true\ntable_prefix = "file-"\n'
    (tmp_path / "crossfade.toml").write_text(text, encoding="utf-8")
    with crossfade.open() as app:
        assert app.store.name == "dynamodb"


@pytest.mark.parametrize("stage", ["dual_write", "shadow", "live", "ramp_down", "phase3"])
def test_the_stages_between_are_a_clear_error(stage: str) -> None:
    with pytest.raises(ConfigurationError, match="keeps two stores equal, which wants a stage that every process sees"):
        crossfade.open(SHOP, stage=stage, embedded=True)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({}, "no contract: pass contract=..., or set CROSSFADE_CONTRACT"),
        ({"contract": SHOP}, "no stage: pass stage=..., or set CROSSFADE_STAGE"),
        ({"contract": SHOP, "stage": "mysql"}, "no MySQL database: pass mysql_url=..., or set CROSSFADE_MYSQL_URL"),
        ({"contract": ""}, "no contract: pass contract=..., or set CROSSFADE_CONTRACT"),
        (
            {"contract": SHOP, "stage": "nowhere"},
            "'nowhere' is no stage: there are mysql, .*, dynamodb, and installed for the one that `crossfade stage`",
        ),
        ({"contract": SHOP, "stage": "dynamodb"}, "no AWS credentials"),
        ({"contract": SHOP, "stage": "mysql", "embedded": True, "mysql_schema": "none.sql"}, "there is no none.sql"),
    ],
)
def test_what_is_missing_is_said(arguments: dict[str, Any], says: str) -> None:
    with pytest.raises(ConfigurationError, match=says):
        crossfade.open(**arguments)


def test_no_credentials_are_that_error_and_no_local_table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    with (
        pytest.raises((ConfigurationError, StoreUnavailable), match="no AWS credentials"),
        crossfade.open(SHOP, stage="dynamodb") as app,
    ):
        app.repository("PRODUCT").get(1)


@pytest.mark.parametrize("url", ["mysql+pymysql://app:hunter2@127.0.0.1:1/shop", "nonsense", "postgresql://h/d"])
def test_an_impossible_database_is_an_error_without_its_password(url: str) -> None:
    with (
        pytest.raises((ConfigurationError, StoreUnavailable)) as caught,
        crossfade.open(SHOP, stage="mysql", mysql_url=url) as app,
    ):
        app.repository("PRODUCT").get(1)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("stage", ["mysql", "dynamodb"])
def test_what_is_closed_answers_no_more(stage: str, tmp_path: Path) -> None:
    with embedded(stage, tmp_path, table_prefix=f"{tmp_path.name}-") as app:
        categories, unit = app.repository("CATEGORY"), app.unit_of_work()
        books = categories.create({"name": "Books"})
        with app.unit_of_work() as begun:
            begun.repository("CATEGORY").create({"name": "Maps"})
            app.close()
            begun.commit()
    for act in (lambda: categories.get(books["id"]), lambda: categories.put(books), unit.__enter__):
        with pytest.raises(RuntimeError, match=r"the application is closed: open another one by crossfade\.open"):
            act()


def test_an_unknown_entity_is_named_with_a_suggestion(tmp_path: Path) -> None:
    with embedded("mysql", tmp_path) as app, pytest.raises(ConfigurationError, match=r"did you mean 'ORDER'"):
        app.repository("ORDERS")


def test_a_class_that_is_not_bound_says_how(tmp_path: Path) -> None:
    with embedded("mysql", tmp_path) as app, pytest.raises(ConfigurationError, match=r"decorate it with @entity"):
        app.repository(dict)


@dataclass
class Details:
    value: str
    error_code: str | None = None


class Flags:
    """A feature flag client that answers `dynamodb`."""

    def get_string_details(self, flag_key: str, default_value: str) -> Any:
        return Details("dynamodb" if flag_key == "shop-stage" else default_value)


def test_the_checks_of_an_entity_are_compiled_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []

    def note(entity: Entity) -> Source:
        made.append(entity.name)
        return admitter(entity)

    monkeypatch.setattr("crossfade.dal.prepare.admitter", note)
    with embedded("mysql", tmp_path) as app:
        for name in ("Ink", "Pens"):
            with app.unit_of_work() as work:
                work.repository("CATEGORY").create({"name": name})
                work.commit()
            app.repository("CATEGORY").create({"name": f"More {name}"})
    assert made == ["CATEGORY"]


def test_a_feature_flag_selects_the_stage(tmp_path: Path) -> None:
    with embedded("mysql", tmp_path, flags=Flags(), stage_flag="shop-stage", table_prefix="flag-") as app:
        assert app.store.name == "dynamodb"


def test_a_cursor_goes_on_under_the_other_stage(tmp_path: Path) -> None:
    names = [f"Category {n}" for n in range(7)]
    seen: list[str] = []
    cursor = None
    for stage in ("mysql", "dynamodb", "mysql", "dynamodb"):
        with embedded(stage, tmp_path, table_prefix="cursor-") as app:
            categories = app.repository("CATEGORY")
            if categories.count("all") == 0:
                for number, name in enumerate(names, 1):
                    categories.create({"id": number, "name": name})
            page = categories.find("all", limit=2, cursor=cursor)
            seen += [c["name"] for c in page.items]
            cursor = page.cursor
    assert (seen, cursor) == (names, None)
