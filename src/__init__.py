"""crossfade: one application on MySQL and on DynamoDB behind the same repositories.

app = crossfade.open(contract="contracts/migrationContract.json", stage="mysql", mysql_url="mysql+pymysql://...")
orders = app.repository(Order)
"""

from crossfade.app import App, open  # noqa: A004 - crossfade.open is the name that the interface gives it
from crossfade.contract import Contract, ContractError, CrossfadeError, load
from crossfade.dal import (
    Add,
    Append,
    BatchResult,
    Condition,
    Difference,
    F,
    Key,
    Page,
    Range,
    Remove,
    Repository,
    Set,
    Stage,
    Union,
    UnitOfWork,
    WorkRepository,
    at_least,
    at_most,
    between,
    correlate,
    entity,
    errors,
    prefix,
)

__all__ = [
    "Add",
    "App",
    "Append",
    "BatchResult",
    "Condition",
    "Contract",
    "ContractError",
    "CrossfadeError",
    "Difference",
    "F",
    "Key",
    "Page",
    "Range",
    "Remove",
    "Repository",
    "Set",
    "Stage",
    "Union",
    "UnitOfWork",
    "WorkRepository",
    "at_least",
    "at_most",
    "between",
    "correlate",
    "entity",
    "errors",
    "load",
    "open",
    "prefix",
]
