"""The schema's history: from nothing, and from the previous revision with data in it, to what the program expects."""

import json
import shutil
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import asdict, replace
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from uuid import UUID, uuid4

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import select, text

from adapters.sql.engine import open_engine
from adapters.sql.migrations import BrokenReferences, current, migrate, stamp, versions
from adapters.sql.migrations.versions import r0012_builtin_roles
from adapters.sql.tables import metadata
from adapters.sql.tables.identity import roles
from domain.identity import permissions
from domain.identity.permissions import builtin_role, builtin_roles, cashier_limits
from tests.postgres import Server


def _in_order() -> list[str]:
    """All revisions as they follow each other: their numbers say who has made them, not when."""
    stems = [path.stem for path in Path(versions.__path__[0]).glob("r[0-9]*.py")]
    modules = [import_module(f"{versions.__name__}.{stem}") for stem in stems]
    following = {module.down_revision: module.revision for module in modules}
    assert len(following) == len(modules)
    found, last = [], None
    while last in following:
        last = following[last]
        found.append(last)
    return found


_FOUND = _in_order()
OLDER, NEWEST = tuple(_FOUND[:-1]), _FOUND[-1]
PREVIOUS = OLDER[-1]
BEFORE_ROLES = "0011"
"""The last revision in which roles did not know whether they are as the program defines them."""

# As programs of all older revisions would have written them.
ROWS = (
    "INSERT INTO regions VALUES (1, 'EAST', '华东')",
    "INSERT INTO stores VALUES (7, 'S1', '', 1, 'CNY', 'Asia/Shanghai', 240, 'open')",
    "INSERT INTO members (member_id, member_number, name_cipher, phone_cipher, birthday_cipher, tier, store_id, source,"
    " registered_at) VALUES (90, 'M90', NULL, NULL, NULL, 'gold', 7, '', '2026-11-22T04:05:06.789012Z')",
    "INSERT INTO points_accounts (member_id, points_balance) VALUES (90, 40)",
    "INSERT INTO points_lots (lot_id, member_id, sale_id, earned_on, expires_on, points, value_minor)"
    " VALUES (31, 90, 1, '2026-11-22', NULL, 40, 36)",
    "INSERT INTO points_entries VALUES"
    " (90, 41, 31, 95, 93, 'earned', 1, 7, '2026-11-22', '2026-11-22T04:05:06.789012Z'),"
    " (90, 42, 31, -55, -57, 'redeemed', 2, 7, '2026-11-23', '2026-11-23T04:05:06.789012Z')",
    "INSERT INTO stock_levels (location_id, sku_id, on_hand_milli, reserved_milli, value_minor, last_cost_minor,"
    " last_cost_quantity_milli) VALUES (7, 40, -1000, 0, -500, 0, 0)",
    "INSERT INTO journal_entries VALUES (51, 7, '2026-11-22', 'CNY', '', 'sale', 1, '2026-11-22T04:05:06.789012Z')",
    "INSERT INTO versions VALUES ('chain', 3)",
)
TABLES = ("regions", "stores", "members", "points_accounts", "points_lots", "points_entries", "stock_levels",
          "journal_entries", "versions")  # fmt: skip


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path):
    """A database without a schema."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    server: Server = request.getfixturevalue("postgres")
    name = f"empty_{uuid4().hex}"
    yield server.create_database(name)
    server.drop_database(name)


@pytest.fixture(scope="module")
def climbing_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("revisions") / "climbing.db"


@pytest.fixture(scope="module")
def climbing_database(postgres: Server) -> Iterator[str]:
    name = f"climbing_{uuid4().hex}"
    postgres.create_database(name)
    yield name
    postgres.drop_database(name)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def older_url(request: pytest.FixtureRequest, tmp_path: Path, older: str) -> Iterator[str]:
    """A copy of a database that climbs from revision to revision as the tests ask, so that it climbs only once."""
    if request.param == "sqlite":
        climbing: Path = request.getfixturevalue("climbing_file")
        migrate(f"sqlite:///{climbing}", older)
        with closing(sqlite3.connect(climbing)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        yield f"sqlite:///{shutil.copyfile(climbing, tmp_path / 'older.db')}"
        return
    server: Server = request.getfixturevalue("postgres")
    template: str = request.getfixturevalue("climbing_database")
    migrate(server.url(template), older)
    name = f"older_{uuid4().hex}"
    yield server.create_database(name, template=template)
    server.drop_database(name)


def dump(url: str) -> dict[str, list[dict[str, str]]]:
    engine = open_engine(url)
    with engine.begin() as connection:
        rows = {
            table: sorted(
                [
                    {name: str(value) for name, value in row.items()}
                    for row in connection.execute(text(f"SELECT * FROM {table}")).mappings()
                ],
                key=str,
            )
            for table in TABLES
        }
    engine.dispose()
    return rows


def same_columns(rows: dict[str, list[dict[str, str]]], as_in: dict[str, list[dict[str, str]]]) -> object:
    """What is in the columns that were there before."""
    return {table: [{name: row[name] for name in as_in[table][0]} for row in found] for table, found in rows.items()}


def fill(url: str) -> None:
    engine = open_engine(url)
    with engine.begin() as connection:
        for statement in ROWS:
            connection.exec_driver_sql(statement)
    engine.dispose()


def differences(url: str) -> list[object]:
    engine = open_engine(url)
    with engine.connect() as connection:
        found = compare_metadata(MigrationContext.configure(connection), metadata)
    engine.dispose()
    return found


def test_an_empty_database_becomes_what_the_tables_say(empty_url: str):
    assert current(empty_url) is None
    migrate(empty_url)
    assert current(empty_url) == NEWEST
    assert differences(empty_url) == []


@pytest.mark.parametrize("older", OLDER)
def test_every_older_revision_is_upgraded_with_its_data(older_url: str, older: str):
    assert current(older_url) == older
    fill(older_url)
    before = dump(older_url)
    migrate(older_url)
    assert current(older_url) == NEWEST
    assert differences(older_url) == []
    assert same_columns(dump(older_url), before) == before


def test_members_have_come_as_often_as_they_bought(empty_url: str):
    migrate(empty_url, "0003")
    fill(empty_url)
    engine = open_engine(empty_url)
    with engine.begin() as connection:
        for number, kind, member in (
            (1, "sale", "90"),
            (2, "sale", "90"),
            (3, "refund", "90"),
            (4, "void", "90"),
            (5, "sale", "90"),
            (6, "sale", "NULL"),
        ):
            connection.exec_driver_sql(
                "INSERT INTO sales (sale_id, terminal_id, request_id, kind, original_sale_id, receipt_number, store_id,"
                " cashier_id, channel, currency, business_date, sold_at, stored_at, uploaded, member_id, gross_minor,"
                " discount_minor, net_minor, tax_minor, rounding_minor, total_minor, change_minor, points_earned,"
                f" points_redeemed, points_balance, reason) VALUES ({number}, 5, '{UUID(int=number)}', '{kind}', NULL,"
                " '', 7, NULL, '', 'CNY', '2026-11-22', '2026-11-22T04:05:06.789012Z', '2026-11-22T04:05:06.789012Z',"
                f" false, {member}, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, '')"
            )
    migrate(empty_url)
    with engine.begin() as connection:
        assert connection.exec_driver_sql("SELECT visits FROM points_accounts").scalars().all() == [2]
        # The next run of the life cycle takes them in.
        assert connection.exec_driver_sql("SELECT member_id FROM lifecycle_notes").scalars().all() == [90]
    engine.dispose()


def test_migrating_again_changes_nothing(empty_url: str):
    migrate(empty_url, OLDER[0])
    fill(empty_url)
    migrate(empty_url)
    before = dump(empty_url)
    migrate(empty_url)
    assert (current(empty_url), dump(empty_url)) == (NEWEST, before)


def test_several_who_migrate_at_once_wait_for_each_other(empty_url: str):
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(migrate, [empty_url] * 4))
    assert current(empty_url) == NEWEST


def test_stamping_notes_the_revision_and_nothing_else(empty_url: str):
    stamp(empty_url, PREVIOUS)
    assert current(empty_url) == PREVIOUS
    engine = open_engine(empty_url)
    with engine.connect() as connection:
        found = MigrationContext.configure(connection)
        assert len(compare_metadata(found, metadata)) >= len(metadata.tables)
    engine.dispose()


def test_a_migration_that_fails_leaves_the_previous_revision(empty_url: str):
    migrate(empty_url, "0002")
    engine = open_engine(empty_url)
    with engine.begin() as connection:
        # In the way of the last thing that revision 0003 does on both engines.
        connection.exec_driver_sql("CREATE INDEX ix_promotions_changed_version ON taxes (code)")
    with pytest.raises(Exception, match="ix_promotions_changed_version"):
        migrate(empty_url, "0003")
    assert current(empty_url) == "0002"
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP INDEX ix_promotions_changed_version")
    engine.dispose()
    migrate(empty_url)
    assert (current(empty_url), differences(empty_url)) == (NEWEST, [])


def test_promotions_that_are_there_count_as_put(empty_url: str):
    migrate(empty_url, "0003")
    engine = open_engine(empty_url)
    with engine.begin() as connection:
        for code, terms in (
            ("HERE", '{"code": "HERE", "store_codes": ["S1", "S2"], "excluded_store_codes": ["S2"], "paused": true}'),
            ("NIGHT", '{"code": "NIGHT", "until_date": "2026-07-01", "from_minute": 1320, "until_minute": 120}'),
        ):
            connection.execute(text("INSERT INTO promotions VALUES (:code, :terms, 1)"), {"code": code, "terms": terms})
    migrate(empty_url)
    with engine.connect() as connection:
        lives = connection.execute(text("SELECT code, standing, over_on, steps FROM promotion_lives ORDER BY code"))
        assert [tuple(row) for row in lives] == [
            ("HERE", "paused", "9999-12-31", 1),
            ("NIGHT", "published", "2026-07-02", 1),
        ]
        places = connection.execute(text("SELECT code, kind, place_code FROM promotion_places ORDER BY 1, 2, 3"))
        assert [tuple(row) for row in places] == [
            ("HERE", "except", "S2"),
            ("HERE", "store", "S1"),
            ("HERE", "store", "S2"),
            ("NIGHT", "everywhere", ""),
        ]
        steps = connection.execute(text("SELECT code, number, kind, caller_id FROM promotion_steps ORDER BY code"))
        assert [tuple(row) for row in steps] == [("HERE", 1, "put", 0), ("NIGHT", 1, "put", 0)]
    engine.dispose()


def test_references_to_nothing_stop_a_migration_of_sqlite(tmp_path: Path):
    path = tmp_path / "broken.db"
    migrate(f"sqlite:///{path}", PREVIOUS)
    with sqlite3.connect(path) as connection:
        connection.execute("INSERT INTO points_accounts (member_id, points_balance) VALUES (1, 0)")
        connection.execute("INSERT INTO member_keys VALUES (x'00', 404, 'card', NULL)")
    connection.close()
    with pytest.raises(BrokenReferences, match="member_keys"):
        migrate(f"sqlite:///{path}")
    assert current(f"sqlite:///{path}") == PREVIOUS


def test_balances_have_room_to_change_in_place_on_postgresql(postgres_url: str):
    engine = open_engine(postgres_url)
    with engine.connect() as connection:
        options = connection.exec_driver_sql(
            "SELECT relname, reloptions FROM pg_class"
            " WHERE relname IN ('stock_levels', 'points_accounts', 'promotion_counters')"
        ).all()
    engine.dispose()
    assert sorted(tuple(row) for row in options) == [
        ("points_accounts", ["fillfactor=80"]),
        ("promotion_counters", ["fillfactor=50"]),
        ("stock_levels", ["fillfactor=80"]),
    ]


def test_cashiers_of_older_chains_get_the_limit_of_new_ones(empty_url: str):
    migrate(empty_url, "0007")
    engine = open_engine(empty_url)
    with engine.begin() as connection:
        for number, code in enumerate(("cashier", "manager")):
            connection.exec_driver_sql(f"INSERT INTO roles VALUES ({number}, '{code}', '', '[]')")
    migrate(empty_url)
    with engine.connect() as connection:
        limits = {row.code: row.limits for row in connection.execute(select(roles.c.code, roles.c.limits))}
    engine.dispose()
    assert limits == {"cashier": [asdict(limit) for limit in cashier_limits()], "manager": []}


FIRST_CASHIER = ["membership.register", "sales.manual_discount", "sales.refund", "sales.void"]
FIRST_TERMINAL = [
    "catalog.read", "inventory.read", "loyalty.read", "membership.read", "membership.register", "pricing.read",
    "sales.checkout", "sales.quote", "sales.read", "sales.upload",
]  # fmt: skip

# Until revision 0012 no role knew of marketing, nor of what came later.
LATER = (
    "orders.", "sales.park", "sales.refund_elsewhere", "sales.refund_in_cash", "sales.print", "shifts.",
    "sales.return_reasons", "sales.refund_beyond", "sales.refund_without_receipt",
    "draws.", "events.", "pricing.figures", "loyalty.expire", "loyalty.adjust", "loyalty.hold", "loyalty.pools",
    "wallet.", "gift_cards.", "membership.link", "membership.attributes", "membership.self_service", "membership.merge",
    "membership.consent", "membership.export", "membership.erase",
    "tiers.", "benefits.", "activities.", "rewards.", "care.", "times_cards.", "finance.settle",
    "counts.", "shipping.", "supplier_access.",
    "credit.", "sales.park", "sales.tax_exempt", "sales.own_purchase", "suppliers.", "purchasing.", "replenishment.",
    "inventory.receipts",
    "inventory.assemble", "inventory.costing", "inventory.find", "inventory.adjust", "inventory.reserve", "transfers.",
    "inventory.alerts",
)  # fmt: skip


def put_roles(url: str, *rows: tuple[str, str, list[str], list[object]]) -> None:
    engine = open_engine(url)
    with engine.begin() as connection:
        for number, (code, name, held, limits) in enumerate(rows, start=1):
            connection.execute(
                text("INSERT INTO roles (role_id, code, name, permissions, limits) VALUES (:id, :code, :name, :p, :l)"),
                {"id": number, "code": code, "name": name, "p": json.dumps(held), "l": json.dumps(limits)},
            )
    engine.dispose()


def stored_roles(url: str) -> dict[str, tuple[str, list[str], list[object], bool]]:
    engine = open_engine(url)
    with engine.connect() as connection:
        found = {
            row.code: (row.name, row.permissions, row.limits, row.builtin) for row in connection.execute(select(roles))
        }
    engine.dispose()
    return found


def defined(code: str) -> tuple[str, list[str], list[object], bool]:
    role = builtin_role(code)
    assert role is not None
    return role.name, sorted(role.permissions), [asdict(limit) for limit in role.limits], True


def test_builtin_roles_that_nobody_has_changed_get_what_the_program_has_added(
    empty_url: str, monkeypatch: pytest.MonkeyPatch
):
    migrate(empty_url, BEFORE_ROLES)
    limits: list[object] = [asdict(limit) for limit in cashier_limits()]
    hq = builtin_role("hq")
    assert hq is not None
    before_figures = [one for one in hq.permissions if not one.startswith(LATER)]
    changed = {
        "manager": ("Store manager", [*FIRST_CASHIER, "finance.read"], []),
        "pricing_terminal": ("Kasse", [*FIRST_TERMINAL, "sales.terminal_pricing"], []),
        "auditor": ("Auditor", ["finance.read"], []),
    }
    put_roles(
        empty_url,
        # As the first version had them, as the limits of revision 0009 left them, and as a later version had them.
        ("terminal", "Terminal", FIRST_TERMINAL, []),
        ("cashier", "Cashier", FIRST_CASHIER, limits),
        ("hq", "Head office", sorted(before_figures), []),
        ("admin", "Administrator", ["*"], []),
        *[(code, *content) for code, content in changed.items()],
    )
    migrate(empty_url)
    as_before = {code: (*content, False) for code, content in changed.items()}
    assert stored_roles(empty_url) == as_before | {
        code: defined(code) for code in ("admin", "cashier", "hq", "terminal")
    }
    # The next version adds a permission to some of them.
    later = [replace(role, permissions=role.permissions | {"new.thing"}) for role in builtin_roles()]
    monkeypatch.setattr(permissions, "builtin_roles", lambda: tuple(later))
    migrate(empty_url)
    found = stored_roles(empty_url)
    assert {code for code, role in found.items() if "new.thing" in role[1]} == {"admin", "cashier", "hq", "terminal"}
    assert {code: found[code] for code in changed} == as_before


@pytest.mark.parametrize(
    ("code", "name", "held", "limits"),
    [
        ("cashier", "Cashier", FIRST_CASHIER[1:], []),
        ("cashier", "Cashier", [*FIRST_CASHIER, "sales.read"], []),
        ("cashier", "Kassier", FIRST_CASHIER, []),
        ("cashier", "Cashier", FIRST_CASHIER, [asdict(cashier_limits()[0])]),
        ("manager", "Store manager", sorted(builtin_role("manager").permissions - {"sales.below_floor"}), []),  # type: ignore[union-attr]
        ("terminal", "Terminal", FIRST_TERMINAL, [asdict(limit) for limit in cashier_limits()]),
        ("admin", "Administrator", ["*", "sales.read"], []),
    ],
)
def test_roles_that_somebody_has_changed_are_not_taken_for_those_of_the_program(
    code: str, name: str, held: list[str], limits: list[object]
):
    assert not r0012_builtin_roles.unchanged(SimpleNamespace(code=code, name=name, permissions=held, limits=limits))


def test_members_of_before_joined_on_a_trading_day_and_have_their_cards(empty_url: str):
    migrate(empty_url, "0012")
    fill(empty_url)
    engine = open_engine(empty_url)
    with engine.begin() as connection:
        for member_id, store, at in ((91, "7", "2026-11-22T19:59:00Z"), (92, "7", "2026-11-22T20:00:00Z")):
            connection.exec_driver_sql(
                "INSERT INTO members (member_id, member_number, tier, store_id, source, registered_at, segments)"
                f" VALUES ({member_id}, 'M{member_id}', '', {store}, '', '{at}', '[]')"
            )
        connection.execute(
            text("INSERT INTO member_keys VALUES (:digest, 91, 'card', :cipher)"), {"digest": b"d", "cipher": b"c"}
        )
        connection.execute(text("INSERT INTO member_keys VALUES (:digest, 91, 'phone', NULL)"), {"digest": b"p"})
    migrate(empty_url)
    with engine.connect() as connection:
        cards = connection.execute(text("SELECT card_digest, member_id, card_cipher, state FROM member_cards")).all()
        assert [(bytes(row[0]), row[1], bytes(row[2]), row[3]) for row in cards] == [(b"d", 91, b"c", "active")]
        days = connection.exec_driver_sql("SELECT member_id, registered_on FROM members ORDER BY member_id").all()
    engine.dispose()
    # 12:05, 03:59 and 04:00 in Shanghai, where the trading day ends at four.
    assert [(row[0], str(row[1])) for row in days] == [(90, "2026-11-22"), (91, "2026-11-22"), (92, "2026-11-23")]
