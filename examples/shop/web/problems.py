"""Errors as HTTP answers: one table for crossfade's and one for the shop's own."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from crossfade.dal import errors as e
from examples.shop import errors as own

# The first class that fits decides.
STATUS: tuple[tuple[type[Exception], int], ...] = (
    (e.NotFound, 404),
    (e.DuplicateKey, 409),
    (e.DuplicateUnique, 409),
    (e.Referenced, 409),
    (e.MissingReference, 422),
    (e.ConditionFailed, 412),
    (e.Conflict, 409),
    (e.CapacityExceeded, 503),
    (e.StoreUnavailable, 503),
    (e.InvalidValue, 422),
    (e.InvalidPattern, 422),
    (e.InvalidCursor, 422),
    (e.ItemTooLarge, 413),
    (e.TransactionTooLarge, 413),
    (own.WrongPassword, 401),
    (own.NotOwner, 403),
    (own.NotSeller, 403),
    (own.CategoryCycle, 409),
    (own.OrderClosed, 409),
    (own.OutOfStock, 409),
    (own.CartRefused, 409),
    (own.CartEmpty, 422),
    (own.CartTooLong, 422),
)
_RETRY_AFTER = "1"  # seconds


def answer(error: Exception) -> JSONResponse:
    """The HTTP answer for an error: its kind, its text, and what else it tells.

    What is not in the table is 500 and tells nothing but its kind: an unknown outcome, a wrong set-up.
    """
    status = next((code for kind, code in STATUS if isinstance(error, kind)), 500)
    body: dict[str, Any] = {"error": type(error).__name__}
    if status != 500:
        body["message"] = error.message if isinstance(error, e.StoreError) else str(error)
    if isinstance(error, (e.DuplicateUnique, e.MissingReference)):
        body["fields"] = list(error.fields)
    if isinstance(error, own.CartRefused):
        body["issues"] = [vars(issue) for issue in error.issues]
    headers = {"Retry-After": _RETRY_AFTER} if status == 503 or isinstance(error, e.Conflict) else {}
    return JSONResponse(body, status, headers)


def install(app: FastAPI) -> None:
    """Let `app` answer every error of crossfade and of the shop."""

    def handle(request: Request, error: Exception) -> JSONResponse:
        del request
        return answer(error)

    app.add_exception_handler(e.CrossfadeError, handle)
    app.add_exception_handler(own.ShopError, handle)
