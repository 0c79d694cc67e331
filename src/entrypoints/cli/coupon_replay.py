"""`liansuo replay-coupons`: the real redemptions of coupons, sent as a system that prices itself would send them."""

import json
import threading
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Final
from uuid import uuid5

import typer
from google.protobuf.timestamp_pb2 import Timestamp

from entrypoints.cli.campaigns import Campaigns, Redemption, load_campaigns
from entrypoints.cli.database import DatabaseOption, beside, settings_of
from entrypoints.cli.importing import TerminalsOption
from entrypoints.cli.messages import NAMESPACE, member_key
from entrypoints.cli.output import Column, Figures, Format, FormatOption, Kind, notes, progress, show
from entrypoints.cli.playing import UPLOAD_DEADLINE_S
from entrypoints.cli.problems import Exit
from entrypoints.cli.replay import ServerOption
from entrypoints.cli.terminals import Refused, Terminal, connected, read_credentials, require_server
from liansuo.pricing.v1 import coupon_pb2, coupon_pb2_grpc

AT_ONCE_MAX: Final = 200
LIMIT_REACHED: Final = "COUPON_USED_OFTEN"
SHOWN_MAX: Final = 10


@dataclass(slots=True)
class Redeemed:
    """What became of the redemptions; `refusals` by reason, `wrong` are those that nothing in the data explains."""

    stored: int = 0
    same_as_before: int = 0
    refusals: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    @property
    def refused(self) -> int:
        return self.refusals.total()


def replay_coupons(
    server: ServerOption = "",
    terminals: TerminalsOption = None,
    ca_file: Annotated[
        Path | None, typer.Option("--ca-file", exists=True, dir_okay=False, help="Call over TLS, trusting this CA.")
    ] = None,
    database: DatabaseOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Redeem the coupons that 410 households redeemed in a year, and account for each of the 2,102 redemptions.

    Import them first: `liansuo import complete-journey --coupons`. What is stored already is recognised. A redemption
    may be refused only where its household had redeemed the same coupon before and the batch allows it no more often.
    """
    settings = settings_of(database)
    credentials = read_credentials(terminals or beside(settings, "terminals.json"))
    campaigns = load_campaigns()
    address = server or settings.address
    require_server(address, ca_file=ca_file)
    redeemed = redeem_all(campaigns, address, credentials[min(credentials)], ca_file=ca_file)
    figures = figures_of(campaigns, redeemed)
    show(_shown(figures), form)
    path = beside(settings, "coupons.json")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    notes.print(f"The same figures for programs: {path}", markup=False)
    for line in redeemed.wrong[:SHOWN_MAX]:
        notes.print(f"refused wrongly: {line}", markup=False)
    if redeemed.wrong:
        raise typer.Exit(Exit.REFUSED)


def redeem_all(campaigns: Campaigns, server: str, credential: str, *, ca_file: Path | None) -> Redeemed:
    """Sends every redemption in the order of the days, 200 at a time, under request ids that are those of the data."""
    redeemed = Redeemed()
    terminal = Terminal(credential, threading.Event())
    seen: Counter[tuple[int, int, int]] = Counter()
    with connected(server, ca_file=ca_file) as channel, progress() as step:
        stub = coupon_pb2_grpc.CouponServiceStub(channel)
        advance = step("Redemptions", len(campaigns.redemptions))
        for start in range(0, len(campaigns.redemptions), AT_ONCE_MAX):
            part = campaigns.redemptions[start : start + AT_ONCE_MAX]
            times = []
            for one in part:
                seen[one[:3]] += 1
                times.append(seen[one[:3]])
            request = coupon_pb2.UploadRedemptionsRequest(
                redemptions=[_request(one, number) for one, number in zip(part, times, strict=True)]
            )
            answer = terminal.call(stub.UploadRedemptions, request, deadline_s=UPLOAD_DEADLINE_S)
            if isinstance(answer, Refused):
                redeemed.refusals[answer.reason] += len(part)
                redeemed.wrong += [f"{answer.reason} {answer.field} {answer.message}"] * len(part)
            else:
                for one, number, result in zip(part, times, answer.results, strict=True):
                    _count(redeemed, one, number, result)
            advance(len(part))
    return redeemed


def figures_of(campaigns: Campaigns, redeemed: Redeemed) -> dict[str, int]:
    """What the replay came to."""
    return {
        "campaigns": len(campaigns.campaigns),
        "coupons": len(campaigns.coupons),
        "redemptions": len(campaigns.redemptions),
        "households": campaigns.households,
        "redeemed_twice": campaigns.twice,
        "stored": redeemed.stored,
        "same_as_before": redeemed.same_as_before,
        "refused": redeemed.refused,
        "refused_by_limit_per_member": redeemed.refusals[LIMIT_REACHED],
        "refused_wrongly": len(redeemed.wrong),
    }


def _request(one: Redemption, number: int) -> coupon_pb2.RedeemCouponRequest:
    """The `number`-th redemption of this coupon by this household."""
    name = f"redemption/{one.household_id}/{one.campaign_id}/{one.upc}/{number}"
    return coupon_pb2.RedeemCouponRequest(
        request_id=str(uuid5(NAMESPACE, name)),
        code=f"{one.upc}-{one.campaign_id}",
        member_key=member_key(one.household_id),
        redeemed_at=Timestamp(seconds=int(one.at.timestamp())),
        reference=f"household {one.household_id}, {one.at.date()}",
    )


def _count(redeemed: Redeemed, one: Redemption, number: int, result: coupon_pb2.RedemptionResult) -> None:
    if result.status == coupon_pb2.REDEMPTION_STATUS_STORED:
        redeemed.stored += 1
    elif result.status == coupon_pb2.REDEMPTION_STATUS_SAME_AS_BEFORE:
        redeemed.same_as_before += 1
    else:
        redeemed.refusals[result.reason] += 1
        if result.reason != LIMIT_REACHED or number == 1:
            place = f"household {one.household_id}, coupon {one.upc}, campaign {one.campaign_id}, {one.at.date()}"
            redeemed.wrong.append(f"{place}: {result.reason} {result.message}")


def _shown(figures: dict[str, int]) -> Figures:
    columns = (Column("what", "What"), Column("count", "Count", Kind.COUNT))
    return Figures("Coupons", columns, list(figures.items()))
