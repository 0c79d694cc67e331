"""What docs/POINTS.md says of points, in plain Python and nothing of the program: the model that it is compared with.

A lot is one batch of points of a member. Whatever the program does in tables and statements, here it is a list.
"""

from calendar import monthrange
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

NEVER = date.max


@dataclass
class Lot:
    """`number` is the order of opening; `source` the lot that a hold took it from; `lapsed` what expired of it."""

    number: int
    member: str
    sale: int
    points: int
    earned_on: date
    expires_on: date
    free_on: date
    held_until: datetime | None = None
    source: "Lot | None" = None
    lapsed: int = 0


@dataclass
class Sold:
    """A sale: `units` are what has not come back; `uses` are the lots that paid, as they were used."""

    member: str
    store: str
    units: int
    per_unit: int
    uses: list[tuple[Lot, int]]
    earned: int


@dataclass
class Hold:
    member: str
    lots: list[Lot]
    points: int
    until: datetime
    ended: bool = False


@dataclass
class Merge:
    """Two files of one person, as long as it holds: `brought` are the lots that came to the survivor.

    `repaid` are the lots that repaid debts at that moment, with the debts and so many points each; `pool` is that of
    the file, as it was.
    """

    survivor: str
    merged: str
    brought: list[Lot]
    repaid: list[tuple[Lot, Lot, int]]
    pool: set[str] | None
    undone: bool = False


@dataclass(frozen=True)
class Rules:
    """The settings of a store: months until points expire, days for which they are pending, who bears what is spent."""

    months: int
    pending_days: int
    owed: bool


class Refused(Exception):
    """The rules do not allow it; the reason is the one that the program tells."""


@dataclass
class Model:
    rules: dict[str, Rules]
    pools: list[set[str]]
    now: datetime
    lots: list[Lot] = field(default_factory=list)
    sales: dict[int, Sold] = field(default_factory=dict)
    holds: dict[int, Hold] = field(default_factory=dict)
    merges: dict[int, Merge] = field(default_factory=dict)
    opened: int = 0

    @property
    def today(self) -> date:
        """The trading day in Shanghai, which begins at four."""
        return (self.now + timedelta(hours=8) - timedelta(hours=4)).date()

    def who(self, member: str) -> str:
        """Who stands for a file: the member whom it was merged into, or itself."""
        holding = [merge.survivor for merge in self.merges.values() if merge.merged == member and not merge.undone]
        return self.who(holding[0]) if holding else member

    def of(self, member: str) -> list[Lot]:
        return [lot for lot in self.lots if lot.member == self.who(member)]

    def follow(self, lot: Lot, member: str) -> bool:
        """Whether a lot is the member's; an empty one that a merged file left behind becomes theirs."""
        if self.who(lot.member) == member:
            lot.member = member
        return lot.member == member

    def balance(self, member: str) -> int:
        return sum(lot.points for lot in self.of(member))

    def debt(self, member: str) -> int:
        return -sum(lot.points for lot in self.of(member) if lot.points < 0)

    def held(self, lot: Lot) -> bool:
        return lot.held_until is not None and self.now < lot.held_until

    def good(self, member: str) -> list[Lot]:
        """Neither over nor held, the first to expire first."""
        lots = [lot for lot in self.of(member) if lot.points > 0 and lot.expires_on > self.today and not self.held(lot)]
        return sorted(lots, key=lambda lot: (lot.expires_on, lot.earned_on, lot.number))

    def free(self, member: str) -> list[Lot]:
        return [lot for lot in self.good(member) if lot.free_on <= self.today]

    def pending(self, member: str) -> int:
        return sum(lot.points for lot in self.good(member) if lot.free_on > self.today)

    def held_points(self, member: str) -> int:
        return sum(lot.points for lot in self.of(member) if lot.points > 0 and self.held(lot))

    def spendable(self, member: str) -> int:
        return max(sum(lot.points for lot in self.free(member)) - self.debt(member), 0)

    def spend(self, member: str, points: int) -> list[tuple[Lot, int]]:
        if points > self.spendable(member):
            waiting = self.pending(member) or self.held_points(member)
            raise Refused("POINTS_NOT_FREE" if waiting else "POINTS_EXCEED_BALANCE")
        return self.take(self.free(member), points)

    def take(self, lots: list[Lot], points: int) -> list[tuple[Lot, int]]:
        """From the first to the last, as far as they go."""
        uses = []
        for lot in lots:
            part = min(lot.points, points)
            if part > 0:
                lot.points -= part
                points -= part
                uses.append((lot, part))
        return uses

    def open(self, member: str, sale: int, points: int, **facts: object) -> Lot:
        self.opened += 1
        values = {"earned_on": self.today, "expires_on": NEVER, "free_on": self.today, **facts}
        lot = Lot(self.opened, self.who(member), sale, points, **values)  # type: ignore[arg-type]
        self.lots.append(lot)
        return lot

    def repay(self, lot: Lot) -> list[tuple[Lot, Lot, int]]:
        """What is owed is repaid with what has just come, the oldest debt first: lots, debts and points."""
        done = []
        for debt in self.of(lot.member):
            if debt.points < 0 and lot.points > 0:
                part = min(-debt.points, lot.points)
                debt.points += part
                lot.points -= part
                done.append((lot, debt, part))
        return done

    def settle(self, member: str) -> list[tuple[Lot, Lot, int]]:
        """Whatever is owed is repaid with whatever is good, even if it is still pending."""
        return [one for lot in self.good(member) for one in self.repay(lot)]

    def expiry(self, store: str) -> date:
        """The day after the same day some months later, or after that month's last."""
        later = self.today.year * 12 + self.today.month - 1 + self.rules[store].months
        year, month = later // 12, later % 12 + 1
        return date(year, month, min(self.today.day, monthrange(year, month)[1])) + timedelta(days=1)

    # What members and terminals do: each either changes the model or raises Refused and leaves it as it was.

    def sell(self, sale: int, member: str, store: str, units: int, points: int) -> None:
        """Goods of 100.00 each, of which points pay 0.01 each; one point for every whole 1.00 that they do not pay."""
        uses = self.spend(member, points) if points else []
        earned = (units * 10_000 - points) // 100
        self.sales[sale] = Sold(self.who(member), store, units, earned // units if not points else 0, uses, earned)
        if earned:
            free_on = self.today + timedelta(days=self.rules[store].pending_days)
            self.repay(self.open(member, sale, earned, expires_on=self.expiry(store), free_on=free_on))

    def refund(self, sale: int, refund: int, units: int) -> int:
        """All that is left where points had paid; what was spent since is owed, or money. Returns the shortfall.

        Money that is kept back comes off all tenders alike, so that less of the points that had paid comes back.
        """
        sold = self.sales[sale]
        earned = sold.earned if sold.uses else units * sold.per_unit
        sold.units -= units
        member = self.who(sold.member)
        shortfall = self.take_back(member, sale, earned)
        if shortfall and self.rules[sold.store].owed:
            self.open(member, refund, -shortfall)
        paid, total = sum(points for _, points in sold.uses), units * 10_000
        kept = 0 if self.rules[sold.store].owed else shortfall
        back = (2 * (total - kept) * paid + total) // (2 * total)
        for lot, used in reversed(sold.uses):
            points = min(back, used)
            back -= points
            if not points:
                continue
            into = lot
            # One that has expired takes no points, so it stays where it is.
            if lot.expires_on <= self.today or not self.follow(lot, member):
                into = self.open(member, refund, 0, expires_on=self.expiry(sold.store))
            into.points += points
            self.repay(into)
        return shortfall

    def take_back(self, member: str, sale: int, points: int) -> int:
        own = [lot for lot in self.lots if lot.sale == sale and self.follow(lot, member) and not self.held(lot)]
        for lot in own:
            # Nobody has spent what has expired: it is put back, and taken.
            back = min(lot.lapsed, max(points - sum(one.points for one in own), 0))
            lot.points += back
            lot.lapsed -= back
        others = [lot for lot in self.good(member) if lot.sale != sale]
        waiting = [lot for lot in others if lot.free_on > self.today]
        free = [lot for lot in others if lot.free_on <= self.today]
        return points - sum(part for _, part in self.take(own + waiting + free, points))

    def hold(self, hold: int, member: str, points: int, until: datetime) -> None:
        uses = self.spend(member, points)
        lots = [
            self.open(
                member, lot.sale, part, earned_on=lot.earned_on, expires_on=lot.expires_on, free_on=lot.free_on,
                held_until=until, source=lot,
            )
            for lot, part in uses
        ]  # fmt: skip
        self.holds[hold] = Hold(self.who(member), lots, points, until)

    def end(self, hold: int, points: int) -> None:
        """So many are captured (0 for none), the others go back where they came from."""
        held = self.holds[hold]
        if held.ended:
            raise Refused("HOLD_ENDED")
        if self.now >= held.until:
            raise Refused("HOLD_OVER")
        if points > held.points:
            raise Refused("MORE_THAN_HELD")
        held.ended = True
        self.take(held.lots, points)
        for lot in held.lots:
            source = lot.source
            if source is not None and lot.points:
                if not self.follow(source, lot.member):
                    # It went to another member when a merge was undone.
                    facts = {"earned_on": lot.earned_on, "expires_on": lot.expires_on, "free_on": lot.free_on}
                    source = self.open(lot.member, lot.sale, 0, **facts)
                source.points += lot.points
                lot.points = 0

    def transfer(self, giver: str, taker: str, points: int) -> None:
        if not any({self.who(giver), self.who(taker)} <= pool for pool in self.pools):
            raise Refused("NOT_IN_ONE_POOL")
        for lot, part in self.spend(giver, points):
            facts = {"earned_on": lot.earned_on, "expires_on": lot.expires_on, "free_on": lot.free_on}
            self.repay(self.open(taker, lot.sale, part, **facts))

    def merge(self, merge: int, survivor: str, merged: str) -> None:
        """What the file has is the survivor's, what it owes too; their seats in one pool are one."""
        survivor, merged = self.who(survivor), self.who(merged)
        if survivor == merged:
            raise Refused("SAME_FILE")
        pool, own = self.pool_of(merged), self.pool_of(survivor)
        if pool and own and pool is not own:
            raise Refused("IN_TWO_POOLS")
        brought = [lot for lot in self.of(merged) if lot.points]
        for lot in brought:
            lot.member = survivor
        made = self.merges[merge] = Merge(survivor, merged, brought, [], pool and set(pool))
        if pool:
            self.reseat(pool, (pool | {survivor}) - {merged})
        made.repaid = self.settle(survivor)

    def undo(self, merge: int) -> None:
        """What came and is left goes back; what was spent since is spent, what came since stays."""
        made = self.merges[merge]
        if made.undone:
            raise Refused("MERGE_UNDONE")
        holding = [one for one in self.merges.values() if not one.undone]
        if any(one.merged == made.survivor for one in holding):
            raise Refused("MERGED_ONWARD")
        if [one for one in holding if one.survivor == made.survivor][-1] is not made:
            raise Refused("LATER_MERGE")
        made.undone = True
        if made.pool:
            self.seat_again(made, made.pool)
        opened: dict[int, Lot] = {}
        for lot, debt, part in made.repaid:
            debt.points -= part
            into = opened.get(lot.number, lot)
            if into.member != made.survivor:
                # Emptied then, it has become another member's since.
                facts = {"earned_on": lot.earned_on, "expires_on": lot.expires_on, "free_on": lot.free_on}
                into = opened[lot.number] = self.open(made.survivor, lot.sale, 0, **facts)
            into.points += part
        for lot in made.brought:
            if lot.member == made.survivor:
                lot.member = made.merged
        self.settle(made.survivor)
        self.settle(made.merged)

    def pool_of(self, member: str) -> set[str] | None:
        return next((pool for pool in self.pools if self.who(member) in pool), None)

    def reseat(self, pool: set[str], members: set[str]) -> None:
        """A pool of one is none."""
        self.pools.remove(pool)
        if len(members) > 1:
            self.pools.append(members)

    def seat_again(self, made: Merge, was: set[str]) -> None:
        """Both or the one sit where they sat, unless the pool is another one meanwhile."""
        pool = self.pool_of(made.survivor)
        if was == {made.survivor, made.merged}:
            if pool is None:
                self.pools.append(set(was))
        elif pool is not None:
            self.reseat(pool, (pool | {made.merged}) - (set() if made.survivor in was else {made.survivor}))

    def expire(self) -> int:
        """What is over and not held is gone."""
        gone = 0
        for lot in self.lots:
            if lot.points > 0 and lot.expires_on <= self.today and not self.held(lot):
                gone += lot.points
                lot.lapsed += lot.points
                lot.points = 0
        return gone
