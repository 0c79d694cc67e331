"""Counting stock while selling goes on: opened, entered by those who count, closed by whoever answers for it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from application.approving import use_approval
from application.fields import at_most, named_once, optional_code, optional_name, required_code, within
from application.inventory.adjust_stock import BEYOND, SecondPersonForAdjustment
from application.inventory.queries import UnknownSku
from application.inventory.receive_goods import Unstocked
from application.paging import next_token, page
from application.ports.inventory import StockItem
from application.ports.kernel import UnitOfWork
from application.scope import open_store, store_in_scope, trading_day, who
from application.stock_book import StockBook, open_book
from domain.catalog.quantity import QUANTITY_MILLI_MAX, QuantityTooFine
from domain.finance.journal import JournalEntry, balanced
from domain.finance.sale_postings import correction_postings
from domain.finance.stock_postings import count_postings
from domain.identity.organisation import Store
from domain.inventory.stock import MovementReason
from domain.inventory.stock_count import (
    CountEntry,
    CountKind,
    CountNotOpen,
    CountResult,
    CountState,
    Found,
    StockCount,
    Uncounted,
    beyond_tolerance,
    counts_per_day,
    due_on,
    expected_at,
    found_by_sku,
)
from domain.shared.errors import Invalid, NotFound, Rejected

DOCUMENT: Final = "stock_count"
SKUS_MAX: Final = 50_000
ENTRIES_MAX: Final = 5_000
CLASSES: Final = ("A", "B", "C")
READ: Final = "counts.read"


class UnknownCount(NotFound):
    en = "There is no count {count_id} in this caller's scope."
    zh = "当前调用方范围内没有盘点单 {count_id}。"


class KindNeeded(Invalid):
    en = "Say what is to be counted: FULL, CATEGORY, LIST or CYCLE."
    zh = "请说明盘点范围：FULL、CATEGORY、LIST 或 CYCLE。"


class UnknownCategory(NotFound):
    en = "There is no category “{code}”."
    zh = "没有分类“{code}”。"


class NothingToCount(Rejected):
    en = "Nothing in store “{store_code}” is to be counted by this. Choose other goods."
    zh = "门店“{store_code}”没有符合条件的待盘商品，请选择其他范围。"


class NotInCount(Rejected):
    en = "“{sku}” is not part of count {count_id}. Put it aside, or open a count with it."
    zh = "商品“{sku}”不在盘点单 {count_id} 中，请另行处理或新开盘点单。"


class CountedInFuture(Invalid):
    en = "The time of counting lies ahead. Send the time at which it was counted, or none for now."
    zh = "盘点时间晚于当前时间。请填写实际盘点时间，或留空表示现在。"


class CountedBeforeOpened(Invalid):
    en = "It was counted before this count was opened, at {opened_at}. Count it again."
    zh = "盘点时间早于开单时间 {opened_at}，请重新盘点。"


@dataclass(frozen=True, slots=True)
class OpenCount:
    """`category_codes` are those of CATEGORY, with what lies below them, `skus` those of LIST; CYCLE is what is due."""

    kind: CountKind | None = None
    store_code: str = ""
    category_codes: tuple[str, ...] = ()
    skus: tuple[str, ...] = ()
    blind: bool = False
    uncounted: Uncounted | None = None
    reference: str = ""


@dataclass(frozen=True, slots=True)
class CountOpened:
    count_id: int
    skus: int


@dataclass(frozen=True, slots=True)
class CountedLine:
    """What was found of a SKU in a section; without a time, now."""

    sku: str
    quantity_milli: int
    section: str = ""
    counted_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class EnterCount:
    count_id: int
    lines: tuple[CountedLine, ...]


@dataclass(frozen=True, slots=True)
class CountEntered:
    """`recount` are SKUs that were counted once and differ so much that somebody should look again."""

    entered: int
    recount: Sequence[str]


@dataclass(frozen=True, slots=True)
class GetCount:
    count_id: int
    differences_only: bool = False
    page_size: int = 0
    page_token: str = ""


@dataclass(frozen=True, slots=True)
class CountView:
    """A count; amounts are those of a closed one."""

    count_id: int
    store_code: str
    kind: CountKind
    state: CountState
    blind: bool
    uncounted: Uncounted
    reference: str
    skus: int
    counted: int
    opened_at: datetime
    opened_by: str
    business_date: str
    lost_minor: int
    found_minor: int


@dataclass(frozen=True, slots=True)
class CountLineView:
    """`told` says whether expected and difference are shown: in a blind count only to who may read counts."""

    sku: str
    counted: bool
    counted_milli: int
    told: bool
    expected_milli: int
    difference_milli: int


@dataclass(frozen=True, slots=True)
class CountPage:
    count: CountView
    lines: Sequence[CountLineView]
    next_page_token: str


@dataclass(frozen=True, slots=True)
class ListCounts:
    store_code: str = ""
    page_size: int = 0
    page_token: str = ""


@dataclass(frozen=True, slots=True)
class CountsPage:
    counts: Sequence[CountView]
    next_page_token: str


@dataclass(frozen=True, slots=True)
class CloseCount:
    """With `cancel` nothing is posted."""

    count_id: int
    approval_token: str = ""
    cancel: bool = False


@dataclass(frozen=True, slots=True)
class CountClosed:
    """How many SKUs were counted and how many of them differed; what was lost and found, at cost."""

    count_id: int
    business_date: str
    counted: int
    differing: int
    lost_minor: int
    found_minor: int


@dataclass(frozen=True, slots=True)
class PlanCounts:
    store_code: str = ""


@dataclass(frozen=True, slots=True)
class DueItem:
    """`last_counted` is an ISO date, empty for never."""

    sku: str
    abc: str
    last_counted: str


@dataclass(frozen=True, slots=True)
class CountPlan:
    """What to count today: at most `per_day` of all that are due, the longest overdue first."""

    store_code: str
    per_day: int
    due: int
    items: Sequence[DueItem]


def open_count(uow: UnitOfWork, command: OpenCount) -> CountOpened:
    """Opens a count of up to 50,000 SKUs; selling goes on.

    Raises KindNeeded, UnknownCategory, UnknownSku, Unstocked, NothingToCount, UnknownStore, StoreClosed.
    """
    if command.kind is None:
        raise KindNeeded("kind")
    reference = optional_name(command.reference, field="reference")
    uow.refresh()
    store = open_store(uow, command.store_code)
    sku_ids = _scope(uow, store, command)
    if not sku_ids:
        raise NothingToCount("kind", store_code=store.code)
    caller = uow.caller
    count = StockCount(
        uow.new_id(), store.store_id, command.kind, CountState.OPEN, command.blind,
        command.uncounted or Uncounted.LEAVE, reference, len(sku_ids), uow.now, caller.caller_id, caller.staff_id,
    )  # fmt: skip
    uow.add(count)
    uow.counts.add_skus(count.count_id, sku_ids)
    return CountOpened(count.count_id, len(sku_ids))


def enter_count(uow: UnitOfWork, command: EnterCount) -> CountEntered:
    """Adds what was found, all lines or none; who enters is not told what should be there.

    Raises UnknownCount, CountNotOpen, NotInCount, CountedInFuture, CountedBeforeOpened, and those of quantities.
    """
    at_most(command.lines, ENTRIES_MAX, field="lines")
    uow.refresh()
    count = _locked(uow, command.count_id)
    skus = uow.counts.skus(count.count_id)
    ids = {sku: sku_id for sku_id, sku in skus.items()}
    items = uow.stock.items({line.sku for line in command.lines if line.sku in ids})
    caller = uow.caller
    entries = []
    for index, line in enumerate(command.lines):
        field = f"lines[{index}]"
        _check_line(uow, count, line, items, field)
        entries.append(
            CountEntry(
                count.count_id, uow.new_id(), ids[line.sku], optional_code(line.section, field=f"{field}.section"),
                line.quantity_milli, line.counted_at or uow.now, uow.now, caller.caller_id, caller.staff_id,
            )
        )  # fmt: skip
    uow.add(*entries)
    return CountEntered(len(entries), _to_recount(uow, count, entries, skus))


def get_count(uow: UnitOfWork, query: GetCount) -> CountPage:
    """A count with its lines by SKU id; raises UnknownCount."""
    asked = page(query.page_size, query.page_token, key=(int,))
    uow.refresh()
    count = uow.counts.find(query.count_id)
    if count is None or not uow.caller.sees(count.store_id):
        raise UnknownCount("count_id", count_id=query.count_id)
    skus, found = uow.counts.skus(count.count_id), found_by_sku(uow.counts.entries(count.count_id))
    told = not count.blind or uow.caller.may(READ)
    expected = _expected(uow, count, found) if told else {}
    lines: list[tuple[int, CountLineView]] = []
    after = asked.after[0] if asked.after else 0
    for sku_id, sku in skus.items():
        if sku_id <= after:
            continue
        if len(lines) > asked.limit:
            break
        one = found.get(sku_id)
        line = CountLineView(
            sku, one is not None, one.quantity_milli if one else 0, told and one is not None,
            expected.get(sku_id, 0), one.quantity_milli - expected[sku_id] if one and told else 0,
        )  # fmt: skip
        if not query.differences_only or line.difference_milli:
            lines.append((sku_id, line))
    token = next_token(lines, asked.limit, lambda row: (row[0],))
    return CountPage(_view(uow, count, len(found)), [line for _, line in lines[: asked.limit]], token)


def list_counts(uow: UnitOfWork, query: ListCounts) -> CountsPage:
    """Counts of the stores in scope, newest first; raises UnknownStore."""
    asked = page(query.page_size, query.page_token, key=(datetime, int))
    uow.refresh()
    store_ids = uow.caller.store_ids
    if query.store_code:
        store_ids = frozenset({store_in_scope(uow, query.store_code).store_id})
    after = None if asked.after is None else (asked.after[0], asked.after[1])
    rows = uow.counts.list_counts(store_ids, after=after, limit=asked.limit + 1)
    token = next_token(rows, asked.limit, lambda one: (one.opened_at, one.count_id))
    return CountsPage([_view(uow, one, 0) for one in rows[: asked.limit]], token)


def close_count(uow: UnitOfWork, command: CloseCount) -> CountClosed:
    """Posts the differences between what was found and what stood in the books when it was counted.

    What is lost and found together, beyond the setting `stock_adjustment_max`, takes a second person. Raises
    UnknownCount, CountNotOpen, SecondPersonForAdjustment, and as `use_approval`.
    """
    uow.refresh()
    count = _locked(uow, command.count_id)
    store = uow.chain.stores[count.store_id]
    on = trading_day(uow, store)
    count.business_date, count.closed_at, count.closed_request_id = on, uow.now, uow.request_id or None
    count.closed_caller_id, count.closed_staff_id = uow.caller.caller_id, uow.caller.staff_id
    if command.cancel:
        count.state = CountState.CANCELLED
        uow.counts.close(count)
        return CountClosed(count.count_id, on.isoformat(), 0, 0, 0, 0)
    count.state = CountState.CLOSED
    found = found_by_sku(uow.counts.entries(count.count_id))
    if count.uncounted is Uncounted.ZERO:
        for sku_id in uow.counts.skus(count.count_id):
            found.setdefault(sku_id, Found(0, uow.now, 0))
    book = open_book(uow, store, found, document_id=count.count_id, on=on)
    # Whoever counted later knew more, and their count has been posted.
    later = uow.counts.last_counted(store.store_id, list(found)) if found else {}
    found = {sku_id: one for sku_id, one in found.items() if sku_id not in later or later[sku_id] <= one.counted_at}
    results = _post(uow, count, book, found)
    _approve(uow, count, command.approval_token)
    _record(uow, count, store, results, book.correction_minor)
    differing = sum(1 for one in results if one.counted_milli != one.expected_milli)
    return CountClosed(count.count_id, on.isoformat(), len(results), differing, count.lost_minor, count.found_minor)


def plan_counts(uow: UnitOfWork, query: PlanCounts) -> CountPlan:
    """What is to be counted today by class: the setting `count_cycle_days` says how often A, B and C are.

    What has no class sells too little to have one, and is C. Raises UnknownStore and StoreNeeded.
    """
    uow.refresh()
    store = store_in_scope(uow, query.store_code)
    due, per_day = _due(uow, store)
    shown = due[:per_day]
    skus = uow.catalog.skus([sku_id for sku_id, _, _ in shown])
    items = [DueItem(skus[sku_id], letter, last.isoformat() if last else "") for sku_id, letter, last in shown]
    return CountPlan(store.code, per_day, len(due), items)


def _scope(uow: UnitOfWork, store: Store, command: OpenCount) -> Sequence[int]:
    match command.kind:
        case CountKind.LIST:
            at_most(command.skus, ENTRIES_MAX, field="skus")
            named_once(command.skus, field="skus", key="sku")
            items = uow.stock.items({required_code(sku, field="skus") for sku in command.skus})
            for index, sku in enumerate(command.skus):
                if sku not in items:
                    raise UnknownSku(f"skus[{index}]", sku=sku)
                if items[sku].unstocked:
                    raise Unstocked(f"skus[{index}]", sku=sku)
            return sorted(item.sku_id for item in items.values())
        case CountKind.CATEGORY:
            at_most(command.category_codes, 100, field="category_codes")
            return uow.counts.of_categories(store.store_id, _categories(uow, command.category_codes), limit=SKUS_MAX)
        case CountKind.CYCLE:
            due, per_day = _due(uow, store)
            return sorted(sku_id for sku_id, _, _ in due[:per_day])
        case _:
            return uow.counts.standing(store.store_id, limit=SKUS_MAX)


def _categories(uow: UnitOfWork, codes: Sequence[str]) -> set[int]:
    """The ids of these categories and of all below them."""
    known = {category.code for category in uow.catalog.categories()}
    for index, code in enumerate(codes):
        if code not in known:
            raise UnknownCategory(f"category_codes[{index}]", code=code[:64])
    wanted = set(codes)
    return {category_id for category_id, above in uow.chain.category_codes.items() if above & wanted}


def _due(uow: UnitOfWork, store: Store) -> tuple[list[tuple[int, str, date | None]], int]:
    """SKU ids that are due with their class and last date, the longest overdue first, and how many a day brings."""
    today = trading_day(uow, store)
    days = dict(zip(CLASSES, uow.chain.policies(store.store_id).count_cycle_days, strict=True))
    classes: dict[int, str] = {}
    after = 0
    while rows := uow.replenishment.list_classes(store.store_id, abc=None, after=after, limit=SKUS_MAX):
        classes |= {row.held.sku_id: row.held.abc.value for row in rows}
        after = rows[-1].held.sku_id
        if len(rows) < SKUS_MAX:
            break
    standing = uow.counts.standing(store.store_id, limit=SKUS_MAX)
    letters = {sku_id: classes.get(sku_id, "C") for sku_id in standing}
    last = {sku_id: at.date() for sku_id, at in uow.counts.last_counted(store.store_id).items()}
    sizes = [(list(letters.values()).count(letter), days[letter]) for letter in CLASSES]
    due = []
    for sku_id, letter in letters.items():
        when = due_on(last.get(sku_id), every_days=days[letter])
        if when <= today:
            overdue = (today - when).days * 1_000 // days[letter]
            due.append((-overdue, letter, sku_id))
    return [(sku_id, letter, last.get(sku_id)) for _, letter, sku_id in sorted(due)], counts_per_day(sizes)


def _check_line(
    uow: UnitOfWork, count: StockCount, line: CountedLine, items: Mapping[str, StockItem], field: str
) -> None:
    if line.sku not in items:
        raise NotInCount(f"{field}.sku", sku=line.sku[:64], count_id=count.count_id)
    within(line.quantity_milli, 0, QUANTITY_MILLI_MAX, field=f"{field}.quantity_milli")
    decimals = items[line.sku].unit_decimals
    if line.quantity_milli % 10 ** (3 - decimals):
        raise QuantityTooFine(f"{field}.quantity_milli", quantity_milli=line.quantity_milli, unit_decimals=decimals)
    if line.counted_at is not None:
        if line.counted_at > uow.now:
            raise CountedInFuture(f"{field}.counted_at")
        if line.counted_at < count.opened_at - timedelta(seconds=1):
            raise CountedBeforeOpened(f"{field}.counted_at", opened_at=count.opened_at.isoformat(timespec="seconds"))


def _to_recount(
    uow: UnitOfWork, count: StockCount, entries: Sequence[CountEntry], skus: Mapping[int, str]
) -> list[str]:
    """Of what was entered now, what was counted once only and lies beyond the tolerance."""
    named = {entry.sku_id for entry in entries}
    found = {
        sku_id: one for sku_id, one in found_by_sku([*uow.counts.entries(count.count_id)]).items() if sku_id in named
    }
    expected = _expected(uow, count, found)
    tolerance = uow.chain.policies(count.store_id).count_tolerance_bp
    return [
        skus[sku_id]
        for sku_id, one in sorted(found.items())
        if one.entries == 1
        and beyond_tolerance(counted_milli=one.quantity_milli, expected_milli=expected[sku_id], tolerance_bp=tolerance)
    ]


def _expected(uow: UnitOfWork, count: StockCount, found: Mapping[int, Found]) -> dict[int, int]:
    """What stood in the books when each SKU was counted; of a count that is over, what it was closed with."""
    if not found:
        return {}
    if count.state is CountState.CLOSED:
        closed = uow.counts.expected(count.count_id)
        return {sku_id: closed.get(sku_id, one.quantity_milli) for sku_id, one in found.items()}
    rows = uow.stock.list_levels(location_ids=[count.store_id], sku_ids=list(found), after=None, limit=len(found))
    on_hand = {level.sku_id: level.on_hand_milli for _, level in rows}
    since = min(one.counted_at for one in found.values())
    moved = uow.counts.moved_since(count.store_id, list(found), since=since)
    return expected_at(on_hand, found, moved)


def _post(uow: UnitOfWork, count: StockCount, book: StockBook, found: Mapping[int, Found]) -> list[CountResult]:
    """Moves every difference, and tells what each line came to."""
    on_hand = {sku_id: level.on_hand_milli for sku_id, level in book.levels.items()}
    since = min((one.counted_at for one in found.values()), default=uow.now)
    expected = expected_at(on_hand, found, uow.counts.moved_since(count.store_id, list(found), since=since))
    results = []
    for sku_id, one in sorted(found.items()):
        difference = one.quantity_milli - expected[sku_id]
        value = 0
        if difference < 0:
            value = -book.issue(sku_id, -difference, MovementReason.COUNT)
            count.lost_minor -= value
        elif difference > 0:
            value = book.worth(sku_id, difference)
            book.put_back(sku_id, difference, value, MovementReason.COUNT)
            count.found_minor += value
        results.append(
            CountResult(
                count.count_id, sku_id, count.store_id, one.quantity_milli, expected[sku_id], value, one.counted_at
            )
        )
    return results


def _approve(uow: UnitOfWork, count: StockCount, token: str) -> None:
    amount = count.lost_minor + count.found_minor
    limit = uow.chain.policies(count.store_id).stock_adjustment_max
    if token:
        use_approval(uow, token, count.store_id, amounts={BEYOND: amount}, document_id=count.count_id)
    elif amount > limit:
        raise SecondPersonForAdjustment("approval_token", amount_minor=amount, limit=limit, action=BEYOND)


def _record(uow: UnitOfWork, count: StockCount, store: Store, results: Sequence[CountResult], correction: int) -> None:
    assert count.business_date is not None
    entry = JournalEntry(
        uow.new_id(), store.store_id, count.business_date, store.currency, "", DOCUMENT, count.count_id, uow.now
    )
    postings = [
        *count_postings(lost_minor=count.lost_minor, found_minor=count.found_minor),
        *correction_postings(correction_minor=correction),
    ]
    uow.add(*results)
    uow.add(entry, *balanced(entry.entry_id, postings))
    uow.counts.close(count)
    uow.publish(
        "StockCounted",
        count.count_id,
        {
            "count_id": count.count_id,
            "store_id": store.store_id,
            "business_date": count.business_date.isoformat(),
            "lines": len(results),
            "lost_minor": count.lost_minor,
            "found_minor": count.found_minor,
            "currency": store.currency,
        },
    )


def _locked(uow: UnitOfWork, count_id: int) -> StockCount:
    """The count, locked and open; raises UnknownCount and CountNotOpen."""
    count = uow.counts.lock(count_id)
    if count is None or not uow.caller.sees(count.store_id):
        raise UnknownCount("count_id", count_id=count_id)
    if count.state is not CountState.OPEN:
        raise CountNotOpen("count_id", count_id=count_id, state=count.state.value)
    return count


def _view(uow: UnitOfWork, count: StockCount, counted: int) -> CountView:
    return CountView(
        count_id=count.count_id,
        store_code=uow.chain.stores[count.store_id].code,
        kind=count.kind,
        state=count.state,
        blind=count.blind,
        uncounted=count.uncounted,
        reference=count.reference,
        skus=count.skus,
        counted=counted,
        opened_at=count.opened_at,
        opened_by=who(uow, caller_id=count.caller_id, staff_id=count.staff_id),
        business_date=count.business_date.isoformat() if count.business_date else "",
        lost_minor=count.lost_minor,
        found_minor=count.found_minor,
    )
