"""Members who take part, and what they get for it that no sale has paid for."""

from dataclasses import dataclass
from datetime import date

from application.fields import required_name
from application.named_members import known_member_id
from application.points_ledger import repay_debts
from application.ports.kernel import UnitOfWork
from application.ports.membership import MemberAccount
from application.scope import checked_open, trading_day
from domain.finance.journal import JournalEntry, balanced
from domain.finance.prize_postings import prize_postings
from domain.identity.organisation import Store
from domain.loyalty.earning import award_value
from domain.loyalty.ledger import PointsEntry, PointsLot, PointsReason
from domain.loyalty.redemption import expiry_date
from domain.marketing.draw_ledger import DrawTicket, TicketSource
from domain.shared.money import Rounding


@dataclass(frozen=True, slots=True)
class Place:
    """Where and on which business date something is given."""

    store: Store
    on: date


def locked_member(uow: UnitOfWork, member_key: str) -> MemberAccount:
    """The member with this key, their points account locked; raises UnknownMember.

    Whatever else is locked for a member comes after it, here as in a sale, so that no two wait for each other.
    """
    return uow.points.lock(member_id_of(uow, member_key)).account


def member_id_of(uow: UnitOfWork, member_key: str) -> int:
    """The member with this key, which must be given; raises UnknownMember."""
    return known_member_id(uow, required_name(member_key, field="member_key"))


def held_member_id(uow: UnitOfWork, member_key: str) -> int:
    """As `member_id_of`, for whoever writes without the account: nobody merges the member until the end of this."""
    member_id = member_id_of(uow, member_key)
    uow.members.hold([member_id])
    return member_id


def place_in(uow: UnitOfWork, store: Store, *, field: str) -> Place:
    """The store today, by its own trading day; raises StoreClosed."""
    return Place(checked_open(store, field=field), trading_day(uow, store))


def record_tickets(
    uow: UnitOfWork,
    draw_id: int,
    member_id: int,
    spends_minor: list[int],
    *,
    source: TicketSource,
    document_id: int = 0,
    store: Store | None = None,
    reason: str = "",
) -> list[int]:
    """Gives a locked member a ticket for each spend (0 where no sale has to last); returns their ids in order."""
    ticket_ids = list(uow.new_ids(len(spends_minor)))
    uow.draws.lock_member(draw_id, member_id)
    uow.add(
        *[
            DrawTicket(
                ticket_id=ticket_id,
                draw_id=draw_id,
                member_id=member_id,
                source=source,
                document_id=document_id,
                number=number,
                spend_minor=spend_minor,
                store_id=store.store_id if store else 0,
                caller_id=uow.caller.caller_id,
                staff_id=uow.caller.staff_id,
                reason=reason,
                granted_at=uow.now,
                used=0,
            )
            for number, (ticket_id, spend_minor) in enumerate(zip(ticket_ids, spends_minor, strict=True), start=1)
        ]
    )
    return ticket_ids


def award_points(uow: UnitOfWork, member: MemberAccount, points: int, place: Place, *, document_id: int) -> int:
    """Opens a lot of points on a locked account; returns the liability that it brings, to be posted.

    What of them repays points that the member owes brings none.
    """
    policies = uow.chain.policies(place.store.store_id)
    value = award_value(
        points,
        redeem_minor_per_100=policies.points_redeem_minor_per_100,
        expected_redemption_bp=policies.points_expected_redemption_bp,
        rounding=Rounding(policies.rounding_mode),
    )
    expires_on = expiry_date(place.on, policy=policies.points_expiry)
    lot = PointsLot(uow.new_id(), member.member_id, document_id, place.on, expires_on, points, value)
    member.points_balance += points
    uow.add(
        lot,
        PointsEntry(
            member.member_id, uow.new_id(), lot.lot_id, points, value, PointsReason.AWARDED, document_id,
            place.store.store_id, place.on, uow.now,
        ),
    )  # fmt: skip
    if member.points_debt:
        debts = uow.points.debts([member.member_id])[member.member_id]
        value -= repay_debts(
            uow, member, lot, debts,
            document_id=document_id, store_id=place.store.store_id, on=place.on, at=uow.now,
        )  # fmt: skip
    return value


def post_award(
    uow: UnitOfWork,
    place: Place,
    *,
    document_kind: str,
    document_id: int,
    channel: str = "",
    cost_minor: int = 0,
    points_value_minor: int = 0,
) -> None:
    """The one journal entry of something that was given away."""
    store = place.store
    entry = JournalEntry(
        uow.new_id(), store.store_id, place.on, store.currency, channel, document_kind, document_id, uow.now
    )
    postings = prize_postings(cost_minor=cost_minor, points_value_minor=points_value_minor)
    uow.add(entry, *balanced(entry.entry_id, postings))
