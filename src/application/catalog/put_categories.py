"""HQ creates and changes categories."""

from dataclasses import dataclass
from typing import Final

from application.catalog.entries import CategoryEntry
from application.fields import at_most, named_once, optional_code, required_code, required_name
from application.ports.kernel import UnitOfWork
from domain.catalog.category_tree import department_of, top_down
from domain.catalog.product import Category
from domain.shared.errors import NotFound, Rejected

CATEGORIES_PER_REQUEST_MAX: Final = 5_000
CATEGORIES_MAX: Final = 10_000


class UnknownParent(NotFound):
    en = "There is no category “{code}”. Put it into the same request or create it first."
    zh = "没有分类“{code}”。请在同一请求中提供，或先创建它。"


class TooManyCategories(Rejected):
    en = "The chain would have {count} categories; {count_max} are supported."
    zh = "连锁将有 {count} 个分类，最多支持 {count_max} 个。"


@dataclass(frozen=True, slots=True)
class PutCategories:
    categories: tuple[CategoryEntry, ...] = ()


@dataclass(frozen=True, slots=True)
class CategoriesPut:
    """How many were new and how many were different before."""

    created: int
    changed: int


def put_categories(uow: UnitOfWork, command: PutCategories) -> CategoriesPut:
    """Creates or replaces categories by code, all or none; moving one moves its descendants' department along.

    Raises UnknownParent, CategoryCycle and TooManyCategories.
    """
    entries = _checked(command)
    version = uow.bump("chain")
    stored = {category.code: category for category in uow.catalog.categories()}
    wanted = _wanted(uow, stored, entries)
    changed = [category for category in wanted if category != stored.get(category.code)]
    uow.catalog.put_categories(changed, version=version)
    moved = [
        category.category_id
        for category in changed
        if category.code in stored and category.department_id != stored[category.code].department_id
    ]
    if moved:
        # A product is kept in memory together with its department.
        uow.catalog.mark_products_changed(category_ids=moved, version=uow.bump("prices"))
    stated = {entry.code for entry in entries}
    return CategoriesPut(
        created=len(wanted) - len(stored),
        changed=sum(category.code in stated and category.code in stored for category in changed),
    )


def _checked(command: PutCategories) -> list[CategoryEntry]:
    at_most(command.categories, CATEGORIES_PER_REQUEST_MAX, field="categories")
    entries = [
        CategoryEntry(
            required_code(entry.code, field=f"categories[{index}].code"),
            required_name(entry.name, field=f"categories[{index}].name"),
            optional_code(entry.parent_code, field=f"categories[{index}].parent_code"),
        )
        for index, entry in enumerate(command.categories)
    ]
    named_once([entry.code for entry in entries], field="categories")
    return entries


def _wanted(uow: UnitOfWork, stored: dict[str, Category], entries: list[CategoryEntry]) -> list[Category]:
    """The whole tree as it will be, parents before children."""
    codes = {category.category_id: category.code for category in stored.values()}
    names = {category.code: category.name for category in stored.values()}
    parents = {category.code: codes[category.parent_id] if category.parent_id else "" for category in stored.values()}
    names.update((entry.code, entry.name) for entry in entries)
    parents.update((entry.code, entry.parent_code) for entry in entries)
    if len(parents) > CATEGORIES_MAX:
        raise TooManyCategories("categories", count=len(parents), count_max=CATEGORIES_MAX)
    for index, entry in enumerate(entries):
        field = f"categories[{index}].parent_code"
        if entry.parent_code and entry.parent_code not in parents:
            raise UnknownParent(field, code=entry.parent_code)
    for index, entry in enumerate(entries):
        department_of(entry.code, parents=parents, field=f"categories[{index}].parent_code")
    ids = {code: stored[code].category_id if code in stored else uow.new_id() for code in top_down(parents)}
    return [
        Category(
            category_id,
            code,
            names[code],
            ids[parents[code]] if parents[code] else None,
            ids[department_of(code, parents=parents, field="categories")],
        )
        for code, category_id in ids.items()
    ]
