"""`liansuo demo-loyalty`: a year of a real chain under a members' programme, until its last point has expired."""

import time
from calendar import monthrange
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Final

import typer

from application.check import CheckResult
from application.identity.settings import PutSetting, put_setting
from application.loyalty.expire_points import ExpirePoints, expire_points
from application.loyalty.month_ends import ListPointsMonthEnds, PointsMonthEnd, list_points_month_ends
from application.loyalty.queries import GetPointsBalance, get_points_balance
from application.membership.evaluate_tiers import EvaluateTiers, evaluate_tiers
from application.membership.tier_programme import PutTierProgramme, put_tier_programme
from application.pricing.put_promotions import PutPromotions, put_promotions
from domain.identity.organisation import ScopeKind
from domain.loyalty.redemption import max_redeemable, points_value
from domain.membership.tier import Tier, TierProgramme
from domain.pricing.promotion import Benefit, BenefitKind, ItemSet, Promotion
from entrypoints.cli.check import document_of, examined, failed, show_results
from entrypoints.cli.complete_journey import CURRENCY, WEEKS_MAX, Basket, Journey, load
from entrypoints.cli.database import Database, migrated, opened
from entrypoints.cli.demo import free_port, served
from entrypoints.cli.importing import WeeksOption, import_journey
from entrypoints.cli.messages import checkout_request, member_key
from entrypoints.cli.output import Format, FormatOption, notes, show_all
from entrypoints.cli.playing import Played, Playing, RequestOf, Way
from entrypoints.cli.problems import Exit, Interrupted
from entrypoints.cli.replay import CLIENTS, ClientsOption, account_for, play_visibly
from entrypoints.cli.report import month_end_figures, points_liability_total
from entrypoints.cli.terminals import read_credentials
from liansuo.sales.v1 import sales_pb2

NAME: Final = "loyalty"
YEARS_VALID: Final = 1
SETTINGS: Final = {
    "points_per_major_unit": "1",
    "points_redeem_minor_per_100": "100",
    "points_redeem_cap_bp": "5000",
    "points_redeem_step": "100",
    "points_expiry": f"months:{12 * YEARS_VALID}",
}
PROGRAMME: Final = TierProgramme(
    CURRENCY, (Tier("member", "Member", "会员"), Tier("gold", "Gold", "金卡", spend_minor=200_000)), window_days=365
)
DOUBLE_DAYS: Final = (date(2017, 2, 14), date(2017, 7, 4), date(2017, 11, 24))
ONE_IN: Final = 33
"""Every household whose number this divides redeems, 3 % of them: on its first basket of a month, as much as it may."""


@dataclass(slots=True)
class Year:
    """What became of the year, beside what is in the database."""

    played: Played = field(default_factory=Played)
    redemptions: int = 0
    upgraded: int = 0
    month_ends: list[PointsMonthEnd] = field(default_factory=list)


def demo_loyalty(
    weeks: WeeksOption = WEEKS_MAX,
    directory: Annotated[Path, typer.Option("--directory", help="Where everything is written.")] = Path("var"),
    clients: ClientsOption = CLIENTS,
    form: FormatOption = Format.TABLE,
) -> None:
    """Trade a year of a real chain whose members earn, redeem and rise, then let every point expire, month by month.

    One point per dollar, double on three days, valid for twelve months, two tiers; 3 % of the members redeem. At every
    month end the liability in the books is shown beside the value of the open lots. Starts from an empty database.
    """
    began = time.monotonic()
    directory.mkdir(parents=True, exist_ok=True)
    for old in directory.glob(f"{NAME}*"):
        old.unlink()
    url = f"sqlite:///{directory / NAME}.db"
    journey = load(weeks)
    migrated(url)
    with opened(url) as chain:
        year = _traded(chain, journey, url, directory / f"{NAME}-server.log", clients=clients, weeks=weeks)
        account_for(journey, year.played, Way.UPLOAD, chain.beside("skipped.csv"))
        if year.played.sent != journey.kept:
            raise Interrupted("Stopped before all baskets were played.")
        _expire(chain, year, journey.days[1])
        results = _print_figures(chain, year, form)
    notes.print(
        f"Done in {time.monotonic() - began:.1f} s: {year.redemptions:,} redemptions, {year.upgraded:,} upgrades.",
        markup=False,
    )
    if failed(results) or year.played.refusals or any(row.difference_minor for row in year.month_ends):
        raise typer.Exit(Exit.REFUSED)


def _traded(chain: Database, journey: Journey, url: str, log: Path, *, clients: int, weeks: int) -> Year:
    """The months of the journey through a server, one after the other; after each, members are upgraded."""
    year = Year()
    address = f"127.0.0.1:{free_port()}"
    with served(url, address, log):
        credentials = chain.beside("terminals.json")
        import_journey(chain, journey, credentials, weeks=weeks)
        set_up(chain)
        playing = Playing(address, read_credentials(credentials), Way.UPLOAD, clients)
        for first, last in months(*journey.days):
            month = journey.on_days(first, last)
            redeeming = redemptions(chain, month, first - timedelta(days=1))
            year.played.add(play_visibly(month, replace(playing, request_of=_paying(redeeming))))
            year.redemptions += len(redeeming)
            if playing.stop.is_set():
                break
            year.upgraded += _upgraded(chain, first, last)
            year.month_ends += _told(chain, first, last)
    return year


def set_up(chain: Database) -> None:
    """The members' programme: settings, tiers, and the days on which points count double."""
    for name, value in SETTINGS.items():
        chain.write(put_setting, PutSetting(name, ScopeKind.CHAIN, "", value))
    chain.write(put_tier_programme, PutTierProgramme(PROGRAMME))
    double = Benefit(BenefitKind.POINTS, ItemSet(everything=True), points_factor_bp=20_000)
    promotions = tuple(
        Promotion(
            f"DOUBLE-{day}",
            f"Double points on {day}",
            double,
            from_date=day.isoformat(),
            until_date=(day + timedelta(days=1)).isoformat(),
            members_only=True,
        )
        for day in DOUBLE_DAYS
    )
    chain.write(put_promotions, PutPromotions(promotions))


def months(first: date, last: date) -> Iterator[tuple[date, date]]:
    """The first and the last day of every calendar month that the period touches."""
    begin = first.replace(day=1)
    while begin <= last:
        end = begin.replace(day=monthrange(begin.year, begin.month)[1])
        yield begin, end
        begin = end + timedelta(days=1)


def redemptions(chain: Database, month: Journey, before: date) -> dict[int, int]:
    """Points that pay, by basket: of what a member had at the end of the day before, as the chain allows.

    Balances as of a date never change again, so a repeated run sends the same baskets.
    """
    firsts: dict[int, Basket] = {}
    for store in month.basket_counts:
        for basket in month.baskets(store):
            known = firsts.get(basket.household_id)
            redeems = basket.household_id % ONE_IN == 0
            if redeems and (known is None or (basket.sold_at, basket.basket_id) < (known.sold_at, known.basket_id)):
                firsts[basket.household_id] = basket
    found = {basket.basket_id: _most(chain, basket, before) for basket in firsts.values()}
    return {basket_id: points for basket_id, points in found.items() if points}


def _most(chain: Database, basket: Basket, before: date) -> int:
    balance = chain.read(
        get_points_balance, GetPointsBalance(member_key(basket.household_id), as_of_date=before.isoformat())
    )
    rate, step = int(SETTINGS["points_redeem_minor_per_100"]), int(SETTINGS["points_redeem_step"])
    cap_bp = int(SETTINGS["points_redeem_cap_bp"])
    points = max_redeemable(
        balance=balance.points_balance,
        total_minor=basket.total_minor,
        redeem_minor_per_100=rate,
        cap_bp=cap_bp,
        step=step,
    )
    return points if points_value(points, redeem_minor_per_100=rate) <= basket.cash_minor else 0


def _paying(redeeming: Mapping[int, int]) -> RequestOf:
    rate = int(SETTINGS["points_redeem_minor_per_100"])

    def request_of(basket: Basket) -> sales_pb2.CheckoutRequest:
        points = redeeming.get(basket.basket_id, 0)
        return checkout_request(basket, points=points, points_minor=points_value(points, redeem_minor_per_100=rate))

    return request_of


def _upgraded(chain: Database, first: date, last: date) -> int:
    """Upgrades whom the sales of a month have taken to another tier, as of its last day; says how many."""
    changes, token = 0, ""
    while True:
        done = chain.write(evaluate_tiers, EvaluateTiers(first.isoformat(), token, last.isoformat()))
        changes += len(done.changes)
        token = done.next_page_token
        if not token:
            return changes


def _expire(chain: Database, year: Year, last: date) -> None:
    """The expiry run at the end of every month after the last one, until the points of the last day are over."""
    for first, end in list(months(last, last.replace(year=last.year + YEARS_VALID, day=1)))[1:]:
        day, token = end.isoformat(), ""
        while True:
            batch = chain.write(expire_points, ExpirePoints(day, page_token=token))
            token = batch.next_page_token
            if not token:
                break
        year.month_ends += _told(chain, first, end)


def _told(chain: Database, first: date, last: date) -> list[PointsMonthEnd]:
    asked = ListPointsMonthEnds(first.isoformat(), last.isoformat())
    return list(chain.read(list_points_month_ends, asked))


def _print_figures(chain: Database, year: Year, form: Format) -> list[CheckResult]:
    shown = {
        "month_ends": month_end_figures(year.month_ends),
        "points_liability": points_liability_total(chain),
    }
    results = examined(chain)
    if form is Format.JSON:
        show_all(shown, form, beside={"check": document_of(results)})
    else:
        show_all(shown, form)
        show_results(results, form)
    return results
