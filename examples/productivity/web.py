"""The calendar over HTTP: `uvicorn --factory examples.productivity.web:create_app`.

An event's `ETag` is its version. A change names the version that it was made from, by `If-Match` or in its body: so
that nobody undoes what they have not seen.
"""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Annotated, Any, Literal

from fastapi import Depends, FastAPI, Header, Request, Response
from fastapi.encoders import jsonable_encoder
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import AwareDatetime, BaseModel, ConfigDict

import crossfade
from crossfade.dal import errors as e
from examples.productivity.entities import Event
from examples.productivity.errors import InvalidEvent
from examples.productivity.paths import Segment, event_path
from examples.productivity.service import CONTRACT, Calendar
from examples.shop.backend import Backend


class Changes(BaseModel):
    """What is to change of an event; what is left out stays. `version` may stand for `If-Match`."""

    model_config = ConfigDict(extra="forbid")
    title: str | None = None
    description: str | None = None
    is_all_day: bool | None = None
    start_utc: AwareDatetime | None = None
    end_utc: AwareDatetime | None = None
    start_tzid: str | None = None
    location: str | None = None
    color: str | None = None
    status: Literal["CONFIRMED", "TENTATIVE", "CANCELLED"] | None = None
    tags: frozenset[str] | None = None
    reminder_minutes: frozenset[int] | None = None
    hold_until: AwareDatetime | None = None
    version: int | None = None


class NewEvent(BaseModel):
    """An event to create; without an `id` it gets one."""

    model_config = ConfigDict(extra="forbid")
    id: Segment | None = None
    title: str
    description: str | None = None
    is_all_day: bool = False
    start_utc: AwareDatetime
    end_utc: AwareDatetime
    start_tzid: str = "UTC"
    location: str | None = None
    color: str | None = None
    status: Literal["CONFIRMED", "TENTATIVE", "CANCELLED"] = "CONFIRMED"
    tags: frozenset[str] = frozenset()
    reminder_minutes: frozenset[int] = frozenset()
    hold_until: AwareDatetime | None = None


class Refusal(Exception):
    """An answer that is no success."""

    def __init__(self, status: int, body: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> None:
        self.status, self.body, self.headers = status, body, dict(headers or {})
        super().__init__(status)


def the_calendar(request: Request) -> Calendar:
    """The calendar that the application was created with."""
    calendar: Calendar = request.app.state.calendar
    return calendar


TheCalendar = Annotated[Calendar, Depends(the_calendar)]
IfMatch = Annotated[str | None, Header()]
IfNoneMatch = Annotated[str | None, Header()]


def create_app(backend: Backend | None = None) -> FastAPI:
    """The web application.

    Args:
        backend: an open `crossfade.App`, which stays its owner's to close; by default one is opened from the
            environment and `crossfade.toml`, and closed with the application.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        if backend is not None:
            app.state.calendar = Calendar(backend)
            yield
            return
        with crossfade.open(os.environ.get("CROSSFADE_CONTRACT") or CONTRACT) as opened:
            app.state.calendar = Calendar(opened)
            yield

    app = FastAPI(title="productivity", lifespan=lifespan)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(Refusal, _refused)
    app.add_exception_handler(InvalidEvent, _refused)
    app.add_exception_handler(e.CrossfadeError, _refused)
    app.add_api_route("/users/{user_id}/agenda", agenda, methods=["GET"])
    app.add_api_route("/users/{user_id}/events", create, methods=["POST"])
    app.add_api_route("/users/{user_id}/events/{event_id}", read, methods=["GET"])
    app.add_api_route("/users/{user_id}/events/{event_id}", change, methods=["PATCH"])
    app.add_api_route("/users/{user_id}/events/{event_id}", delete, methods=["DELETE"])
    return app


def agenda(
    calendar: TheCalendar, user_id: Segment, start: AwareDatetime, end: AwareDatetime, tag: str | None = None
) -> list[dict[str, Any]]:
    """What begins from `start` to before `end`, with its `kind`."""
    found = calendar.agenda(user_id, start, end, tag=tag)
    return [{"kind": type(entry).__name__.upper(), **_body(entry)} for entry in found]


def create(calendar: TheCalendar, user_id: Segment, new: NewEvent) -> Response:
    """Create an event: 201 with its place, 409 where there is one of this id, 422 where it makes no sense."""
    made = calendar.create(Event(user_id=user_id, **new.model_dump()))
    return _event(made, status=201, Location=event_path(user_id, str(made.id)))


def read(calendar: TheCalendar, user_id: Segment, event_id: str, if_none_match: IfNoneMatch = None) -> Response:
    """One event: 200 with its ETag, 304 where the caller has this version, 404."""
    found = calendar.event(user_id, event_id)
    if if_none_match is not None and {"*", _tag(found)} & set(_tags(if_none_match.replace("W/", ""))):
        return Response(status_code=304, headers={"ETag": _tag(found)})
    return _event(found)


def change(
    calendar: TheCalendar, user_id: Segment, event_id: str, changes: Changes, if_match: IfMatch = None
) -> Response:
    """Change an event: 428 where no version is named, 412 where `If-Match` names another, 409 where the body does."""
    if if_match is None and changes.version is None:
        raise Refusal(428, {"error": "PreconditionRequired", "message": "name the version: If-Match, or in the body"})
    matched = _matched(calendar, user_id, event_id, if_match)
    given = changes.model_dump(exclude_unset=True, exclude={"version"})
    version = matched if changes.version is None else changes.version
    try:
        return _event(calendar.update(user_id, event_id, given, version=version))
    except e.VersionConflict as conflict:
        raise _stale(conflict, 412 if changes.version is None else 409) from None


def delete(calendar: TheCalendar, user_id: Segment, event_id: str, if_match: IfMatch = None) -> Response:
    """Delete an event: 204, 404, or 412 where `If-Match` names another version."""
    try:
        calendar.delete(user_id, event_id, version=_matched(calendar, user_id, event_id, if_match))
    except e.VersionConflict as conflict:
        raise _stale(conflict, 412) from None
    return Response(status_code=204)


def _matched(calendar: Calendar, user_id: str, event_id: str, if_match: str | None) -> int | None:
    """The version that `If-Match` allows to change; None where there is no such header.

    A change of this version is refused where another comes in between: so the condition holds when it is made.

    Raises:
        Refusal: 412, where the event has another version, or is not there (RFC 9110, 13.1.1).
    """
    if if_match is None:
        return None
    try:
        now = calendar.event(user_id, event_id)
    except e.NotFound:
        raise Refusal(412, {"error": "PreconditionFailed", "message": "there is no such event"}) from None
    # A weak tag never matches here: `If-Match` compares strongly.
    if if_match.strip() != "*" and _tag(now) not in _tags(if_match):
        raise _stale(e.VersionConflict("another version", current_version=now.version, current=now), 412)
    return now.version


def _tags(header: str) -> list[str]:
    return [tag.strip() for tag in header.split(",")]


def _tag(event: Event) -> str:
    return f'"{event.version}"'


def _body(entry: object) -> Any:
    """An entry as JSON: sets in their order, for equal versions to have equal bodies."""
    return jsonable_encoder(entry, custom_encoder={frozenset: sorted})


def _event(event: Event, status: int = 200, **headers: str) -> Response:
    return JSONResponse(_body(event), status, {"ETag": _tag(event), **headers})


def _stale(conflict: e.VersionConflict, status: int) -> Refusal:
    """The answer to a change that was made from another version: with the event as it is, to start again from."""
    error = "VersionConflict" if status == 409 else "PreconditionFailed"
    current = conflict.current
    headers = {"ETag": _tag(current)} if isinstance(current, Event) else {}
    body = {"error": error, "current_version": conflict.current_version, "current": _body(current)}
    return Refusal(status, body, headers)


_STATUS: tuple[tuple[type[e.CrossfadeError], int], ...] = (
    (e.NotFound, 404),
    (e.DuplicateKey, 409),
    (e.Conflict, 409),
    (e.InvalidValue, 422),
    (e.InvalidPattern, 422),
    (e.ItemTooLarge, 413),
    (e.CapacityExceeded, 503),
    (e.StoreUnavailable, 503),
)


def _invalid(request: Request, error: Exception) -> Response:
    """The answer to a request of another form. Its values are left out: JSON may be unable to hold them (NaN)."""
    del request
    found = error.errors() if isinstance(error, RequestValidationError) else ()
    # Not JSONResponse: the name of a field may be no text in UTF-8.
    body = json.dumps({"detail": [{name: each[name] for name in ("type", "loc", "msg")} for each in found]})
    return Response(body, 422, media_type="application/json")


def _refused(request: Request, error: Exception) -> JSONResponse:
    """The answer for an error. One that is not in the table is 500, and tells nothing but its kind."""
    del request
    if isinstance(error, Refusal):
        return JSONResponse(error.body, error.status, error.headers)
    if isinstance(error, InvalidEvent):
        return JSONResponse({"error": "InvalidEvent", "problems": error.problems}, 422)
    status = next((code for kind, code in _STATUS if isinstance(error, kind)), 500)
    body = {"error": type(error).__name__} | ({"message": str(error)} if status != 500 else {})
    return JSONResponse(body, status, {"Retry-After": "1"} if getattr(error, "retryable", False) else {})
