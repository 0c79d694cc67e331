import threading

import pytest
from sqlalchemy import event

from adapters.sql.tables import identity
from application.identity.regions import PutRegions, RegionsPut, put_regions
from application.identity.roles import PutRoles, RolesPut, put_roles
from application.identity.stores import PutStores, put_stores
from application.identity.views import RegionView, RoleView
from tests.application.identity.shop import store


def statements(shop, work):
    """How many statements `work` sends, transaction control aside."""
    sent = []

    def note(connection, cursor, statement, parameters, context, executemany):
        if not statement.startswith(("BEGIN", "COMMIT", "ROLLBACK")):
            sent.append(statement)

    event.listen(shop.engine, "before_cursor_execute", note)
    try:
        work()
    finally:
        event.remove(shop.engine, "before_cursor_execute", note)
    return len(sent)


def test_a_batch_costs_as_many_statements_as_one_row(shop):
    def put(*codes):
        return lambda: shop.write(put_stores, PutStores(tuple(store(code, "north") for code in codes)))

    many = [f"N{number}" for number in range(400)]
    one_row, batch = statements(shop, put("M1")), statements(shop, put(*many))
    assert one_row == batch == 4
    assert shop.count(identity.stores) == 404


@pytest.mark.parametrize(
    ("use_case", "command", "put"),
    [
        (put_regions, PutRegions((RegionView("east", "East"),)), RegionsPut),
        (put_roles, PutRoles((RoleView("auditor", "Auditor", ("sales.read",)),)), RolesPut),
    ],
)
def test_of_those_who_create_the_same_side_by_side_one_creates_it(shop, use_case, command, put):
    together = threading.Barrier(8)
    results = []

    def create():
        together.wait()
        results.append(shop.write(use_case, command))

    threads = [threading.Thread(target=create) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results, key=lambda result: result.created) == [put(0, 0)] * 7 + [put(1, 0)]
