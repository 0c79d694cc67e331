"""Benefits of tiers at the command line: the runs of every day."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from application.membership.register_member import RegisterMember, register_member
from application.pricing.coupon_batches import CouponBatchEntry, PutCouponBatches, put_coupon_batches
from domain.pricing.coupon import CouponHolder
from entrypoints.cli.database import opened
from tests.entrypoints.cli.journeys import Shell


def test_birthday_coupons_are_given_once(chain_shell: Shell, anywhere: Path):
    birthday = (datetime.now(UTC).date() + timedelta(days=3)).replace(year=2000)
    with opened(None) as chain:
        chain.write(register_member, RegisterMember(card="C1", birthday=birthday.isoformat()))
        batch = CouponBatchEntry("BIRTHDAY", "Happy birthday", CouponHolder.MEMBER)
        chain.write(put_coupon_batches, PutCouponBatches((batch,)))
    assert "1 birthday coupons of BIRTHDAY." in chain_shell("coupon", "birthdays", "BIRTHDAY").err
    assert "0 birthday coupons of BIRTHDAY." in chain_shell("coupon", "birthdays", "BIRTHDAY").err
    assert chain_shell("coupon", "birthdays", "NONE").code == 1


def test_times_cards_expire_where_there_are_any(chain_shell: Shell, anywhere: Path):
    assert "0 times cards with 0 uses have expired." in chain_shell("wallet", "expire-times-cards").err
