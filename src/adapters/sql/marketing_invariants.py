"""The invariants of lucky draws and experience events in SQL, as those of invariants.py are."""

from collections.abc import Mapping, Sequence
from typing import Final

from adapters.sql.activity_invariants import ACTIVITIES
from adapters.sql.comparison import Comparison, Pair
from adapters.sql.member_invariants import EVER_LED, LED
from adapters.sql.reward_invariants import DOCUMENTS as REWARD_DOCUMENTS
from adapters.sql.reward_invariants import REWARDS
from domain.inventory.stock import MovementReason
from domain.loyalty.ledger import PointsReason
from domain.marketing.draw import PrizeKind
from domain.marketing.draw_ledger import TicketSource
from domain.marketing.experience_event import EventEntryKind

DOCUMENTS: Final = f"""
    SELECT y.play_id, 'draw_prize', y.store_id, y.business_date, s.currency, y.channel, 'PrizeAwarded'
    FROM draw_plays y JOIN stores s ON s.store_id = y.store_id
    JOIN draw_prizes z ON z.draw_id = y.draw_id AND z.position = y.prize_position
    WHERE y.taken = 1 AND z.kind IN ('{PrizeKind.GOODS}', '{PrizeKind.POINTS}')
    UNION ALL
    SELECT c.entry_id, 'event_check_in', c.store_id, c.business_date, s.currency, '', 'MemberCheckedIn'
    FROM event_entries c JOIN stores s ON s.store_id = c.store_id WHERE c.points > 0
    UNION ALL
    SELECT a.record_id, 'points_activity', a.store_id, a.business_date, s.currency, '', 'ActivityRecorded'
    FROM activity_records a JOIN stores s ON s.store_id = a.store_id
    UNION ALL {REWARD_DOCUMENTS}
"""
"""What has a journal entry: id, kind, store, date, currency, channel, and the topic of its event."""

_AWARDED: Final = f"""
    SELECT sale_id AS document_id, SUM(points) AS points FROM points_entries
    WHERE reason = '{PointsReason.AWARDED}' GROUP BY sale_id
"""

_DRAWS: Final = (
    Comparison(
        "draw_counts",
        ("draw_id",),
        (
            Pair("plays", "plays", "made", "rows of draw_plays"),
            Pair("plays", "plays", "highest", "highest play_number"),
            Pair("lowest", "lowest play_number", "one", "expected"),
        ),
        """
        SELECT c.draw_id, c.plays, COALESCE(p.made, 0) AS made, COALESCE(p.highest, 0) AS highest,
            COALESCE(p.lowest, 1) AS lowest, 1 AS one
        FROM draw_counts c LEFT JOIN (
            SELECT draw_id, COUNT(*) AS made, MAX(play_number) AS highest, MIN(play_number) AS lowest
            FROM draw_plays GROUP BY draw_id
        ) p ON p.draw_id = c.draw_id
        """,
    ),
    Comparison(
        "draw_prizes",
        ("draw_id", "position"),
        (
            Pair("parts", "awarded plus remaining", "number", "number"),
            Pair("awarded", "awarded", "taken", "taken by draw_plays"),
            Pair("zero", "least remaining", "remaining", "remaining", "<="),
        ),
        """
        SELECT z.draw_id, z.position, z.awarded + z.remaining AS parts, z.number, z.awarded, z.remaining, 0 AS zero,
            COALESCE(p.taken, 0) AS taken
        FROM draw_prizes z LEFT JOIN (
            SELECT draw_id, prize_position, SUM(taken) AS taken FROM draw_plays GROUP BY draw_id, prize_position
        ) p ON p.draw_id = z.draw_id AND p.prize_position = z.position
        """,
    ),
    Comparison(
        "draw_tickets",
        ("ticket_id",),
        (Pair("used", "used", "played", "rows of draw_plays"), Pair("found", "documents", "expected", "expected")),
        f"""
        SELECT t.ticket_id, t.used, CASE WHEN p.ticket_id IS NULL THEN 0 ELSE 1 END AS played, 1 AS expected,
            CASE t.source
                WHEN '{TicketSource.SALE}'
                    THEN CASE WHEN s.member_id = t.member_id OR f.file_id IS NOT NULL THEN 1 ELSE 0 END
                WHEN '{TicketSource.EVENT}'
                    THEN CASE WHEN e.member_id = t.member_id OR f.file_id IS NOT NULL THEN 1 ELSE 0 END
                ELSE 1
            END AS found
        FROM draw_tickets t
        LEFT JOIN draw_plays p ON p.ticket_id = t.ticket_id AND p.draw_id = t.draw_id AND p.member_id = t.member_id
        LEFT JOIN sales s ON s.sale_id = t.document_id
        LEFT JOIN event_entries e ON e.entry_id = t.document_id AND e.kind = '{EventEntryKind.CHECKED_IN}'
        LEFT JOIN ({EVER_LED}) f ON f.file_id = COALESCE(s.member_id, e.member_id) AND f.leader_id = t.member_id
        """,
    ),
    Comparison(
        "draw_members",
        ("draw_id", "member_id"),
        (
            Pair("granted", "granted", "given", "rows of draw_tickets"),
            Pair("used", "used", "played", "rows of draw_plays"),
            Pair("used", "used", "granted", "granted", "<="),
            Pair("bounded", "plays", "plays_max", "allowed", "<="),
        ),
        f"""
        SELECT m.draw_id, m.member_id, SUM(m.granted) AS granted, SUM(m.used) AS used, SUM(m.given) AS given,
            SUM(m.played) AS played, MAX(d.plays_per_member_max) AS plays_max,
            CASE WHEN MAX(d.plays_per_member_max) = 0 THEN 0 ELSE SUM(m.played * m.own) END AS bounded
        FROM (
            SELECT draw_id, member_id, granted, used, 0 AS given, 0 AS played, 0 AS own FROM draw_members
            UNION ALL SELECT draw_id, member_id, 0, 0, 1, 0, 1 FROM draw_tickets
            UNION ALL SELECT draw_id, member_id, 0, 0, 0, 1, 1 FROM draw_plays
            UNION ALL SELECT t.draw_id, l.leader_id, 0, 0, 1, 0, 0
            FROM draw_tickets t JOIN ({LED}) l ON l.file_id = t.member_id
            UNION ALL SELECT p.draw_id, l.leader_id, 0, 0, 0, 1, 0
            FROM draw_plays p JOIN ({LED}) l ON l.file_id = p.member_id
        ) m LEFT JOIN draws d ON d.draw_id = m.draw_id
        GROUP BY m.draw_id, m.member_id
        """,
    ),
    Comparison(
        "draw_member_days",
        ("draw_id", "member_id", "day"),
        (
            Pair("plays", "plays", "played", "rows of draw_plays"),
            Pair("bounded", "plays", "plays_max", "allowed", "<="),
        ),
        f"""
        SELECT m.draw_id, m.member_id, m.day, SUM(m.plays) AS plays, SUM(m.played) AS played,
            MAX(d.plays_per_member_day_max) AS plays_max,
            CASE WHEN MAX(d.plays_per_member_day_max) = 0 THEN 0 ELSE SUM(m.played * m.own) END AS bounded
        FROM (
            SELECT draw_id, member_id, day, plays, 0 AS played, 0 AS own FROM draw_member_days
            UNION ALL SELECT draw_id, member_id, business_date, 0, 1, 1 FROM draw_plays
            UNION ALL SELECT p.draw_id, l.leader_id, p.business_date, 0, 1, 0
            FROM draw_plays p JOIN ({LED}) l ON l.file_id = p.member_id
        ) m LEFT JOIN draws d ON d.draw_id = m.draw_id
        GROUP BY m.draw_id, m.member_id, m.day
        """,
    ),
    Comparison(
        "draw_plays",
        ("draw_id", "play_number"),
        (
            Pair("goods", "goods given, in thousandths", "goods_due", "won"),
            Pair("points", "points given", "points_due", "won"),
            Pair("coupons", "coupons given", "coupons_due", "won"),
            Pair("found", "members and stores", "expected", "expected"),
        ),
        f"""
        SELECT y.draw_id, y.play_number, COALESCE(g.quantity, 0) AS goods, COALESCE(v.points, 0) AS points,
            COALESCE(c.coupons, 0) AS coupons, y.taken * COALESCE(z.quantity_milli, 0) AS goods_due,
            y.taken * COALESCE(z.points, 0) AS points_due,
            CASE WHEN z.kind = '{PrizeKind.COUPON}' THEN y.taken ELSE 0 END AS coupons_due, 2 AS expected,
            CASE WHEN m.member_id IS NULL THEN 0 ELSE 1 END + CASE WHEN s.store_id IS NULL THEN 0 ELSE 1 END AS found
        FROM draw_plays y
        LEFT JOIN draw_prizes z ON z.draw_id = y.draw_id AND z.position = y.prize_position
        LEFT JOIN members m ON m.member_id = y.member_id
        LEFT JOIN stores s ON s.store_id = y.store_id
        LEFT JOIN (
            SELECT document_id, -SUM(quantity_milli) AS quantity FROM stock_movements
            WHERE reason = '{MovementReason.GIFT}' GROUP BY document_id
        ) g ON g.document_id = y.play_id
        LEFT JOIN ({_AWARDED}) v ON v.document_id = y.play_id
        LEFT JOIN (
            SELECT document_id, SUM(issued) AS coupons FROM coupon_events WHERE document_id <> 0 GROUP BY document_id
        ) c ON c.document_id = y.play_id
        """,
    ),
    Comparison(
        "points_entries",
        ("document_id",),
        (Pair("found", "plays, check-ins and activities", "expected", "expected"),),
        f"""
        SELECT a.document_id, 1 AS expected,
            CASE WHEN y.play_id IS NULL AND e.entry_id IS NULL AND r.record_id IS NULL THEN 0 ELSE 1 END AS found
        FROM ({_AWARDED}) a
        LEFT JOIN draw_plays y ON y.play_id = a.document_id
        LEFT JOIN event_entries e ON e.entry_id = a.document_id
        LEFT JOIN activity_records r ON r.record_id = a.document_id
        """,
    ),
)

_EVENTS: Final = (
    Comparison(
        "event_counts",
        ("event_id",),
        (
            Pair("taken", "taken", "entered", "seats of event_entries"),
            Pair("taken", "taken", "seated", "seats of event_bookings"),
            Pair("taken", "taken", "seats", "seats", "<="),
        ),
        """
        SELECT c.event_id, c.taken, c.seats, COALESCE(e.entered, 0) AS entered, COALESCE(b.seated, 0) AS seated
        FROM event_counts c
        LEFT JOIN (SELECT event_id, SUM(booked) AS entered FROM event_entries GROUP BY event_id) e
            ON e.event_id = c.event_id
        LEFT JOIN (SELECT event_id, SUM(booked) AS seated FROM event_bookings GROUP BY event_id) b
            ON b.event_id = c.event_id
        """,
    ),
    Comparison(
        "event_bookings",
        ("event_id", "member_id"),
        (
            Pair("booked", "booked", "seats", "seats of event_entries"),
            Pair("checked_in", "checked in", "check_ins", "check-ins of event_entries"),
            Pair("checked_in", "checked in", "booked", "booked", "<="),
            Pair("booked", "booked", "one", "allowed", "<="),
        ),
        """
        SELECT b.event_id, b.member_id, SUM(b.booked) AS booked, SUM(b.checked_in) AS checked_in,
            SUM(b.seats) AS seats, SUM(b.check_ins) AS check_ins, 1 AS one
        FROM (
            SELECT event_id, member_id, booked, checked_in, 0 AS seats, 0 AS check_ins FROM event_bookings
            UNION ALL SELECT event_id, member_id, 0, 0, booked, checked_in FROM event_entries
        ) b GROUP BY b.event_id, b.member_id
        """,
    ),
    Comparison(
        "event_invitations",
        ("event_id", "member_id"),
        (Pair("accepted", "accepted", "seated", "seats of event_bookings"),),
        """
        SELECT i.event_id, i.member_id, CASE WHEN i.answer = 'accepted' THEN 1 ELSE 0 END AS accepted,
            COALESCE(b.booked, 0) AS seated
        FROM event_invitations i
        LEFT JOIN event_bookings b ON b.event_id = i.event_id AND b.member_id = i.member_id
        """,
    ),
    Comparison(
        "event_entries",
        ("event_id", "entry_id"),
        (
            Pair("tickets", "tickets", "granted", "rows of draw_tickets"),
            Pair("points", "points", "given", "points of points_entries"),
            Pair("found", "members and stores", "expected", "expected"),
        ),
        f"""
        SELECT e.event_id, e.entry_id, e.tickets, e.points, COALESCE(t.granted, 0) AS granted,
            COALESCE(v.points, 0) AS given, 2 AS expected,
            CASE WHEN m.member_id IS NULL THEN 0 ELSE 1 END + CASE WHEN s.store_id IS NULL THEN 0 ELSE 1 END AS found
        FROM event_entries e
        LEFT JOIN members m ON m.member_id = e.member_id
        LEFT JOIN stores s ON s.store_id = e.store_id
        LEFT JOIN (
            SELECT document_id, COUNT(*) AS granted FROM draw_tickets
            WHERE source = '{TicketSource.EVENT}' GROUP BY document_id
        ) t ON t.document_id = e.entry_id
        LEFT JOIN ({_AWARDED}) v ON v.document_id = e.entry_id
        """,
    ),
)

MARKETING_COMPARISONS: Final[Mapping[str, Sequence[Comparison]]] = {
    "PRM-draws": _DRAWS,
    "PRM-events": _EVENTS,
    "PTS-activities": ACTIVITIES,
    "PTS-rewards": REWARDS,
}
