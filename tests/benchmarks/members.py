"""A million members, each found by a phone of their own and with a lot of points that expires: written by COPY."""

from datetime import UTC, date, datetime, timedelta
from typing import Final

from adapters.privacy.keys import Keys
from adapters.sql.member_keys import member_digest, personal_context
from domain.membership.member import MemberKeyKind
from tests.benchmarks.raw import connect
from tests.benchmarks.scale import MANY_MEMBERS, STORED_FEW
from tests.postgres import Server

FIRST_ID: Final = 10**15
"""Ids of these members; the chain's own are far below."""

POINTS: Final = 100
VALUE_MINOR: Final = 99


def phone(number: int) -> str:
    """The phone of the member `number`, from 0."""
    return f"138{number:08d}"


def member_number(number: int) -> str:
    return f"B{number:07d}"


def store_members(server: Server, database: str, master_key: bytes) -> None:
    """Adds the members to a chain with stored sales, of which one stands for what each of them once bought.

    Their points lapse on the first of January of this year. Leaves the tables vacuumed, analysed and written to disk.
    """
    keys = Keys(master_key)
    now = datetime.now(UTC)
    with connect(server, database) as connection:
        connection.execute("SET synchronous_commit = off")
        with connection.cursor() as cursor:
            columns = (
                "member_id, member_number, name_cipher, phone_cipher, sex, tier, source, channel, campaign_code,"
                " registered_at, registered_on, segments"
            )
            with cursor.copy(f"COPY members ({columns}) FROM STDIN (FORMAT TEXT)") as copy:
                for number in range(MANY_MEMBERS):
                    member_id = FIRST_ID + number
                    name = keys.encrypt(f"Member {number}", personal_context("name", member_id))
                    told = keys.encrypt(f"+86{phone(number)}", personal_context("phone", member_id))
                    copy.write_row(
                        (member_id, member_number(number), name, told, "", "", "bench", "", "", now, now.date(), "[]")
                    )
            with cursor.copy("COPY member_keys (key_digest, member_id, kind) FROM STDIN (FORMAT TEXT)") as copy:
                for number in range(MANY_MEMBERS):
                    digest = member_digest(keys, MemberKeyKind.PHONE, f"+86{phone(number)}")
                    copy.write_row((digest, FIRST_ID + number, MemberKeyKind.PHONE.value))
        connection.execute(_sales())
        for statement in _POINTS:
            connection.execute(statement, {"expires": date(now.year, 1, 1), "earned": now - timedelta(days=400)})
        connection.execute("VACUUM ANALYZE")
        connection.execute("CHECKPOINT")


def _sales() -> str:
    """Which stored sale each lot comes from: each of them once in turn, so that all stores have issued some."""
    return f"""
        CREATE TEMPORARY TABLE bought AS
        SELECT row_number() OVER (ORDER BY sale_id) - 1 AS place, sale_id, store_id FROM sales
        ORDER BY sale_id LIMIT {STORED_FEW}
    """


_OF_MEMBER: Final = f"""
    FROM generate_series(0, {MANY_MEMBERS - 1}) AS number JOIN bought ON bought.place = mod(number, {STORED_FEW})
"""
_POINTS: Final = (
    f"""
    INSERT INTO points_accounts (member_id, points_balance, visits)
    SELECT {FIRST_ID} + number, {POINTS}, 1 FROM generate_series(0, {MANY_MEMBERS - 1}) AS number
    """,
    f"""
    INSERT INTO points_lots (lot_id, member_id, sale_id, earned_on, expires_on, points, value_minor)
    SELECT {FIRST_ID} + number, {FIRST_ID} + number, sale_id, %(earned)s::date, %(expires)s::date, {POINTS},
        {VALUE_MINOR}
    {_OF_MEMBER}
    """,
    f"""
    INSERT INTO points_entries
        (member_id, entry_id, lot_id, points, value_minor, reason, sale_id, store_id, business_date, posted_at)
    SELECT {FIRST_ID} + number, {FIRST_ID} + number, {FIRST_ID} + number, {POINTS}, {VALUE_MINOR}, 'earned', sale_id,
        store_id, %(earned)s::date, %(earned)s::timestamptz
    {_OF_MEMBER}
    """,
)
