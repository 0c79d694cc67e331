"""What a new product will sell, by goods of its category that were launched before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from application.fields import at_most, optional_date, required_code, within
from application.forecasting.offers import weekly_prices
from application.forecasting.queries import STORES_MAX, WEEKS_MAX, UnknownSku, stores_named
from application.forecasting.run_forecast import festivals_on, whole_weeks
from application.ports.kernel import UnitOfWork
from application.scope import chain_day
from domain.forecasting.calendar import WEEK_DAYS, monday_of, mondays_from, weeks_of
from domain.forecasting.effects import Series, Week, learn_effects
from domain.forecasting.look_alikes import Launched, Traits, after_launch, left_one_out, look_alikes, since_launch
from domain.identity.organisation import Store, StoreStatus
from domain.shared.errors import Invalid, Rejected

CANDIDATES_MAX: Final = 500
"""Of a category with more goods, those that were put in last."""
WEEKS_USUAL: Final = 8
UNSEEN_WEEKS: Final = 4
"""What sold in the first weeks that are known may have been launched long before."""
LAUNCH_DAYS_MAX: Final = 366
PRICE_MINOR_MAX: Final = 10**12


class NoLookAlikes(Rejected):
    en = "No other product of category “{category_code}” was launched {weeks} weeks ago or more. Ask for fewer weeks."
    zh = "类别“{category_code}”中没有其他商品在 {weeks} 周或更早以前上市，请缩短预测周数。"


class NotNew(Rejected):
    en = "“{sku}” has been sold for {weeks} weeks. Ask GetForecast, which goes by what it sold itself."
    zh = "“{sku}”已销售 {weeks} 周，请使用 GetForecast，它依据该商品自身的销量。"


class LaunchOutside(Invalid):
    en = "The launch on {launch_on} lies before this week, or more than a year ahead. Name a day between."
    zh = "上市日期 {launch_on} 早于本周或晚于一年以后，请填写其间的日期。"


@dataclass(frozen=True, slots=True)
class ForecastNewProduct:
    sku: str
    store_codes: tuple[str, ...] = ()
    weeks: int = 0
    price_minor: int = 0
    launch_on: str = ""


@dataclass(frozen=True, slots=True)
class LookAlike:
    """A product that was launched before; its weight is in hundredths of a percent."""

    sku: str
    launched_on: str
    weight_bp: int
    price_minor: int
    sold_milli: int


@dataclass(frozen=True, slots=True)
class NewProductWeek:
    week_on: str
    quantity_milli: int


@dataclass(frozen=True, slots=True)
class NewProductForecast:
    """What all the stores together are expected to sell; see the message of this name in the contract."""

    category_code: str
    stores: int
    sold_weeks: int
    weeks: Sequence[NewProductWeek]
    look_alikes: Sequence[LookAlike]
    launches: int
    wape_bp: int
    mean_wape_bp: int


@dataclass(frozen=True, slots=True)
class _Category:
    """Goods of a category by id: what each sold by store and week, what it is like, and the calendar of all."""

    skus: Mapping[int, str]
    traits: Mapping[int, Traits]
    sold: Mapping[int, Mapping[int, Sequence[float]]]
    factors: Sequence[float]
    mondays: Sequence[date]
    known: int


def forecast_new_product(uow: UnitOfWork, query: ForecastNewProduct) -> NewProductForecast:
    """The first weeks of a product after its launch, from goods of its category launched in the last two years.

    What it has sold itself counts as far as it goes. Raises UnknownSku, UnknownStore, LaunchOutside, NoLookAlikes,
    NotNew and the refusals of fields.
    """
    sku = required_code(query.sku, field="sku")
    weeks = within(query.weeks, 0, WEEKS_MAX, field="weeks") or WEEKS_USUAL
    within(query.price_minor, 0, PRICE_MINOR_MAX, field="price_minor")
    if query.store_codes:
        at_most(query.store_codes, STORES_MAX, field="store_codes")
    uow.refresh()
    sku_id = uow.catalog.sku_ids([sku]).get(sku)
    if sku_id is None:
        raise UnknownSku("sku", sku=sku)
    stores = stores_named(uow, query.store_codes, after=0)
    origin = monday_of(chain_day(uow))
    launch_on = monday_of(optional_date(query.launch_on, field="launch_on") or origin)
    if not origin <= launch_on <= origin + timedelta(days=LAUNCH_DAYS_MAX):
        raise LaunchOutside("launch_on", launch_on=query.launch_on)
    category_id = uow.catalog.category_ids([sku])[sku]
    found = _category(uow, category_id, sku_id, origin, ahead=(launch_on - origin).days // WEEK_DAYS + weeks)
    code = next(one.code for one in uow.catalog.categories() if one.category_id == category_id)
    launches = _launches(found, but=sku_id, weeks=weeks)
    if not launches:
        raise NoLookAlikes("weeks", category_code=code, weeks=weeks)
    own: Sequence[float] = ()
    if sku_id in found.sold:
        _, own = since_launch(found.sold[sku_id], found.factors[: found.known])
        launch_on = origin
    if len(own) >= weeks:
        raise NotNew("sku", sku=sku, weeks=len(own))
    traits = found.traits[sku_id]
    if query.price_minor:
        traits = Traits(query.price_minor, traits.brand, traits.tags)
    alike = look_alikes(traits, launches)
    expected = after_launch(alike, weeks=weeks, own=own)[len(own) :]
    first = found.known + (launch_on - origin).days // WEEK_DAYS
    errors = left_one_out(launches, weeks=weeks)
    return NewProductForecast(
        category_code=code,
        stores=len(stores),
        sold_weeks=len(own),
        weeks=[
            NewProductWeek(
                found.mondays[first + number].isoformat(),
                round(1_000 * len(stores) * one * found.factors[first + number]),
            )
            for number, one in enumerate(expected)
        ],
        look_alikes=[
            LookAlike(
                found.skus[one.sku_id],
                found.mondays[one.week].isoformat(),
                round(10_000 * weight),
                one.traits.price_minor,
                round(1_000 * sum(one.sold[:weeks])),
            )
            for one, weight in alike
        ],
        launches=errors.launches,
        wape_bp=round(10_000 * errors.error / errors.sold) if errors.sold else 0,
        mean_wape_bp=round(10_000 * errors.mean_error / errors.sold) if errors.sold else 0,
    )


def _category(uow: UnitOfWork, category_id: int, sku_id: int, origin: date, *, ahead: int) -> _Category:
    stores = [store for store in uow.chain.stores.values() if store.status is not StoreStatus.CLOSED]
    known = whole_weeks(uow, origin)
    goods = uow.forecasts.goods_of(category_id, limit=CANDIDATES_MAX)
    skus = {one.sku_id: one.sku for one in goods}
    mondays = mondays_from(origin - timedelta(days=WEEK_DAYS * known), known + ahead)
    sold: dict[int, dict[int, list[float]]] = {}
    if known:
        place_of = {store.store_id: store.store_id for store in stores}
        for (one, store_id), quantities in uow.forecasts.weekly(
            sorted({*skus, sku_id}), first=mondays[0], weeks=known, place_of=place_of
        ).items():
            if max(quantities) > 0:
                sold.setdefault(one, {})[store_id] = [quantity / 1_000 for quantity in quantities]
    weeks = weeks_of(mondays=mondays, festivals=festivals_on(uow, mondays))
    return _Category(
        skus, _traits(uow, skus, stores, mondays[:known]), sold, _factors(sold, weeks, known), mondays, known
    )


def _traits(
    uow: UnitOfWork, skus: Mapping[int, str], stores: Sequence[Store], mondays: Sequence[date]
) -> Mapping[int, Traits]:
    """What the goods are like; their price is the one of the last week in the first store."""
    found = {}
    for priced in uow.pricing.products(skus=list(skus.values())).by_sku.values():
        prices = weekly_prices(priced, uow.chain.price_lists, stores[0], mondays[-1:]) if stores and mondays else [0]
        product = priced.product
        found[product.sku_id] = Traits(prices[0], product.brand, frozenset(product.tags))
    return found


def _factors(sold: Mapping[int, Mapping[int, Sequence[float]]], weeks: Sequence[Week], known: int) -> Sequence[float]:
    """What the calendar does to the category in every week, learned from all its goods in all stores together."""
    series = [
        Series(sku_id, "", [sum(of_week) for of_week in zip(*by_store.values(), strict=True)], [""] * known)
        for sku_id, by_store in sold.items()
        # What was launched meanwhile would be taken for a season.
        if any(max(of_store[:UNSEEN_WEEKS]) > 0 for of_store in by_store.values())
    ]
    effects = learn_effects(series=series, weeks=weeks[:known])
    return [effects.calendar(category="", week=week) for week in weeks]


def _launches(found: _Category, *, but: int, weeks: int) -> list[Launched]:
    """The goods whose launch was seen and is at least so many weeks ago, the earliest first."""
    launches = []
    for sku_id, by_store in found.sold.items():
        if sku_id == but or sku_id not in found.traits:
            continue
        week, sold = since_launch(by_store, found.factors[: found.known])
        if week >= UNSEEN_WEEKS and len(sold) >= weeks:
            launches.append(Launched(sku_id, week, found.traits[sku_id], sold))
    return sorted(launches, key=lambda one: (one.week, one.sku_id))
