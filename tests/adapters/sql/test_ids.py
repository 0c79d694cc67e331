"""Ids are never used twice, whoever takes them and whatever becomes of the work."""

from concurrent.futures import ThreadPoolExecutor

from adapters.sql.ids import ID_BLOCK_SIZE, Ids
from adapters.sql.unit_of_work import SqlUnits
from tests.adapters.sql.conftest import open_units, writing


def take(units: SqlUnits, count: int, *, commit: bool = True) -> list[int]:
    with writing(units) as uow:
        ids = [uow.new_id() for _ in range(count)]
        if commit:
            uow.commit()
    return ids


def test_ids_grow_across_blocks(units: SqlUnits):
    ids = take(units, 10) + take(units, 2 * ID_BLOCK_SIZE) + take(units, 10)
    assert ids == sorted(set(ids))
    assert ids[0] > 0


def test_processes_never_take_the_same_ids(database_url: str):
    first, second = open_units(database_url), open_units(database_url)
    ids = [*take(first, 3), *take(second, 3), *take(first, 12_000), *take(second, 12_000), *take(first, 3)]
    assert len(set(ids)) == len(ids)
    first.close()
    second.close()


def test_ids_of_work_that_was_undone_do_not_clash_with_those_of_work_that_was_not(units: SqlUnits):
    """On SQLite blocks that a transaction took within itself come back when it is undone."""
    take(units, 3 * ID_BLOCK_SIZE, commit=False)
    ids = [*take(units, 3 * ID_BLOCK_SIZE), *take(units, 3 * ID_BLOCK_SIZE)]
    assert len(set(ids)) == len(ids)


def test_threads_never_take_the_same_ids(units: SqlUnits):
    with ThreadPoolExecutor(8) as threads:
        taken = [number for ids in threads.map(lambda _: take(units, 1_500), range(16)) for number in ids]
    assert len(set(taken)) == 16 * 1_500


def test_a_block_costs_one_transaction_for_ten_thousand_ids():
    blocks = iter(range(1, 10**9, ID_BLOCK_SIZE))
    taken: list[int] = []

    def take_block() -> int:
        taken.append(1)
        return next(blocks)

    ids = Ids(take_block)
    assert [ids.new_id() for _ in range(ID_BLOCK_SIZE)] == list(range(1, ID_BLOCK_SIZE + 1))
    assert len(taken) == 1


def test_ids_taken_together_follow_those_before_and_go_on_in_the_next_block():
    blocks = iter((1, 50_001))
    ids = Ids(lambda: next(blocks))
    assert list(ids.new_ids(3)) == [1, 2, 3]
    assert ids.new_id() == 4
    ids.new_ids(ID_BLOCK_SIZE - 6)
    assert list(ids.new_ids(4)) == [ID_BLOCK_SIZE - 1, ID_BLOCK_SIZE, 50_001, 50_002]


def test_a_transaction_takes_ids_together_too(units: SqlUnits):
    with writing(units) as uow:
        ids = [*uow.new_ids(ID_BLOCK_SIZE - 5), *uow.new_ids(10), uow.new_id()]
        uow.commit()
    assert ids == sorted(set(ids))
    assert len(ids) == ID_BLOCK_SIZE + 6
