"""The guide to a contract, as Markdown: what `crossfade contract docs --page guide` prints."""

from __future__ import annotations

from crossfade.contract.guide_cost import cost
from crossfade.contract.guide_differences import differences
from crossfade.contract.guide_facts import Facts
from crossfade.contract.guide_performance import performance
from crossfade.contract.guide_troubleshooting import troubleshooting
from crossfade.contract.model import Contract


def guide(contract: Contract) -> str:
    """The page: what DynamoDB does otherwise, what that costs, what calls take, what to do when something is wrong.

    Args:
        contract: the contract.

    Returns:
        Markdown that ends with a newline.
    """
    facts = Facts(contract)
    lines = [f"# Guide to {', '.join(contract.groups)}", ""]
    lines += ["Made by `crossfade contract docs --page guide` from the contract alone.", ""]
    for part in (differences, cost, performance, troubleshooting):
        lines += [*part(facts), ""]
    return "\n".join(lines).rstrip() + "\n"
