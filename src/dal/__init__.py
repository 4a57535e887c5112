"""The store-neutral data access layer: what applications import."""

from crossfade.dal import errors
from crossfade.dal.change import Add, Append, Difference, Remove, Set, Union
from crossfade.dal.condition import Condition, F
from crossfade.dal.correlation import correlate
from crossfade.dal.entity import entity
from crossfade.dal.key import Key
from crossfade.dal.query import Range, at_least, at_most, between, prefix
from crossfade.dal.repository import BatchResult, Page, Repository, UnitOfWork, WorkRepository
from crossfade.dal.stage import Stage
from crossfade.dal.typed import TypedRepository

__all__ = [
    "Add",
    "Append",
    "BatchResult",
    "Condition",
    "Difference",
    "F",
    "Key",
    "Page",
    "Range",
    "Remove",
    "Repository",
    "Set",
    "Stage",
    "TypedRepository",
    "Union",
    "UnitOfWork",
    "WorkRepository",
    "at_least",
    "at_most",
    "between",
    "correlate",
    "entity",
    "errors",
    "prefix",
]
