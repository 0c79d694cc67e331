"""The category tree: departments at the top, every other category below exactly one parent."""

from collections.abc import Mapping

from domain.shared.errors import Invalid


class CategoryCycle(Invalid):
    en = "Category “{code}” would stand below itself. Choose a parent that is not one of its own descendants."
    zh = "分类“{code}”将成为自身的下级。请选择不属于其下级的上级分类。"


def department_of(code: str, *, parents: Mapping[str, str], field: str) -> str:
    """The top-level ancestor of a category, itself for a department; raises CategoryCycle.

    `parents` gives every category's parent, "" for a department's.
    """
    passed = {code}
    top = code
    while parent := parents[top]:
        if parent in passed:
            raise CategoryCycle(field, code=code)
        passed.add(parent)
        top = parent
    return top


def top_down(parents: Mapping[str, str]) -> list[str]:
    """All categories of a tree without cycles, each followed by its descendants, otherwise by code."""
    children: dict[str, list[str]] = {}
    for code in sorted(parents, reverse=True):
        children.setdefault(parents[code], []).append(code)
    ordered = []
    waiting = children.get("", [])
    while waiting:
        code = waiting.pop()
        ordered.append(code)
        waiting += children.get(code, [])
    return ordered
