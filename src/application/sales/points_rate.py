"""By which settings a stored sale earned its points: those of its store at that time, by the history of settings."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from application.known_settings import SETTINGS
from application.ports.kernel import UnitOfWork
from domain.identity.organisation import WHOLE_CHAIN, Scope, ScopeKind, Store
from domain.sales.sale import Sale, SaleKind
from domain.shared.money import minor_digits

NAMES: Final = (
    "points_per_major_unit",
    "points_store_factor_bp",
    "points_rounding",
    "points_earn_base",
    "points_multiplier_combination",
)
DEFAULT: Final = "default"


@dataclass(frozen=True, slots=True)
class PointsSetting:
    """A setting as it was; `set_for` is "store", "region" or "chain", or "default" where it was set for none."""

    name: str
    value: str
    set_for: str


@dataclass(frozen=True, slots=True)
class PointsRate:
    """What earned the points of a sale: `earn_points` for every `earn_per_minor` minor units, promotions aside."""

    earn_points: int
    earn_per_minor: int
    settings: tuple[PointsSetting, ...]


def points_rate(uow: UnitOfWork, sale: Sale) -> PointsRate | None:
    """The rate of a sale that earned points, None for others; exact for what was stored since settings have one."""
    if sale.kind is not SaleKind.SALE or not sale.points_earned:
        return None
    found = settings_then(uow, uow.chain.stores[sale.store_id], at=sale.stored_at)
    value = {one.name: one.value for one in found}
    per_major, factor_bp = int(value["points_per_major_unit"]), int(value["points_store_factor_bp"])
    return PointsRate(per_major * factor_bp, 10_000 * 10 ** minor_digits(sale.currency), found)


def settings_then(uow: UnitOfWork, store: Store, *, at: datetime) -> tuple[PointsSetting, ...]:
    """The settings of points of a store at a moment: those of now, with every later change undone.

    In one statement, which reads the changes of these settings since then.
    """
    scopes = (Scope(ScopeKind.STORE, store.store_id), Scope(ScopeKind.REGION, store.region_id), WHOLE_CHAIN)
    before: dict[tuple[str, Scope], str] = {}
    for change in uow.identity.setting_changes_since(NAMES, at=at):
        # What stood before the first change after that moment stood at that moment.
        before.setdefault((change.name, change.scope), change.before)
    found = []
    for name in NAMES:
        value, set_for = SETTINGS[name].default, DEFAULT
        for scope in scopes:
            now = uow.chain.settings.get((name, scope.kind, scope.scope_id), "")
            if text := before.get((name, scope), now):
                value, set_for = text, scope.kind.value
                break
        found.append(PointsSetting(name, value, set_for))
    return tuple(found)
