"""Whether a reply says what DynamoDB's always say: nothing is taken for done, or for absent, because it is not told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from botocore.parsers import ResponseParserError

_Said = Mapping[str, Any]


def check(operation: str, request: _Said, answer: _Said) -> None:
    """Look at what an answer must have.

    Args:
        operation: DynamoDB's name of it.
        request, answer: as boto3's low-level client takes and gives them.

    Raises:
        ResponseParserError: it is not there, or of another shape.
    """
    whole = _WHOLE.get(operation)
    if whole is not None and not whole(request, answer):
        raise ResponseParserError(f"{operation} was answered without what DynamoDB always says")


def _written(request: _Said, answer: _Said) -> bool:
    # "If there are no unprocessed items remaining, the response contains an empty UnprocessedItems map" (Amazon
    # DynamoDB API Reference, BatchWriteItem).
    left = answer.get("UnprocessedItems")
    return isinstance(left, dict) and all(
        isinstance(of, list) and table in request["RequestItems"] for table, of in left.items()
    )


def _read(request: _Said, answer: _Said) -> bool:
    # "If there are no unprocessed keys remaining, the response contains an empty UnprocessedKeys map" (BatchGetItem).
    found, left, asked = answer.get("Responses"), answer.get("UnprocessedKeys"), request["RequestItems"]
    return (
        isinstance(found, dict)
        and isinstance(left, dict)
        and all(isinstance(items, list) for items in found.values())
        and all(table in asked and _has_keys(of) for table, of in left.items())
    )


def _has_keys(left: Any) -> bool:
    return isinstance(left, dict) and isinstance(left.get("Keys"), list)


def _stated(request: _Said, answer: _Said) -> bool:
    found = answer.get("Responses")
    return (
        isinstance(found, list)
        and len(found) == len(request["Statements"])
        and all(isinstance(one, dict) and ("Error" not in one or _named(one["Error"])) for one in found)
    )


def _named(error: Any) -> bool:
    return isinstance(error, dict) and bool(error.get("Code"))


def _transacted(request: _Said, answer: _Said) -> bool:
    found = answer.get("Responses")
    return isinstance(found, list) and len(found) == len(request["TransactItems"])


def _paged(request: _Said, answer: _Said) -> bool:
    if "Records" in answer:  # as a reader of pages gives it
        return True
    return "Count" in answer if request.get("Select") == "COUNT" else isinstance(answer.get("Items"), list)


_WHOLE: Mapping[str, Callable[[_Said, _Said], bool]] = {
    "BatchExecuteStatement": _stated,
    "BatchGetItem": _read,
    "BatchWriteItem": _written,
    "Query": _paged,
    "Scan": _paged,
    "TransactGetItems": _transacted,
}
