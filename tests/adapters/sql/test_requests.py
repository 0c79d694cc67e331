"""Request ids: one effect per id, whoever sends it and however often."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from adapters.sql.tables import kernel, sales
from adapters.sql.unit_of_work import SqlUnitOfWork, SqlUnits
from application.ports.kernel import Claim, ClaimedBefore, StoredAnswer
from application.ports.sales import SaleNeeds
from tests.adapters.sql.conftest import NOW, count, stored, writing
from tests.adapters.sql.samples import request_id, sale


def claim(number: int = 1, caller_id: int = 5, fingerprint: bytes = b"content") -> Claim:
    return Claim(caller_id, request_id(number), "Checkout", fingerprint)


def answer(units: SqlUnits, *claims: Claim, text: bytes = b"receipt") -> None:
    with writing(units) as uow:
        assert uow.requests.claim(claims, at=NOW) == {}
        for one in claims:
            uow.requests.answer(one, text)
        uow.commit()


def test_a_new_id_is_claimed_and_its_answer_stored(units: SqlUnits):
    answer(units, claim(), text=bytes(range(256)))
    [(caller_id, key, operation, _, _, claimed_at)] = stored(units, kernel.requests)
    assert (caller_id, key, operation, claimed_at) == (5, request_id(1), "Checkout", NOW)
    with writing(units) as uow:
        assert uow.requests.claim([claim()], at=NOW) == {
            (5, key): StoredAnswer("Checkout", b"content", bytes(range(256)))
        }


def test_neither_request_nor_answer_can_be_read_from_the_table(units: SqlUnits):
    answer(units, claim(), text=b"receipt of a person")
    [(_, _, _, fingerprint, sealed, _)] = stored(units, kernel.requests)
    assert fingerprint != b"content"
    assert b"person" not in sealed


def test_an_id_that_was_answered_brings_the_answer_back(units: SqlUnits):
    answer(units, claim(1), text=b"first")
    with writing(units) as uow:
        found = uow.requests.claim([claim(2), claim(1), claim(3)], at=NOW)
    assert found == {(5, request_id(1)): StoredAnswer("Checkout", b"content", b"first")}


def test_other_content_under_the_same_id_shows_in_the_fingerprint(units: SqlUnits):
    answer(units, claim())
    with writing(units) as uow:
        found = uow.requests.claim([claim(fingerprint=b"other")], at=NOW)
    assert found[5, request_id(1)].fingerprint != b"other"


def test_the_same_id_of_another_caller_is_another_one(units: SqlUnits):
    answer(units, claim(caller_id=5))
    answer(units, claim(caller_id=6))
    assert count(units, kernel.requests) == 2


def test_an_empty_answer_is_an_answer(units: SqlUnits):
    answer(units, claim(), text=b"")
    with writing(units) as uow:
        assert uow.requests.claim([claim()], at=NOW) == {(5, request_id(1)): StoredAnswer("Checkout", b"content", b"")}


def test_a_released_id_can_be_claimed_again(units: SqlUnits):
    with writing(units) as uow:
        uow.requests.claim([claim(1), claim(2)], at=NOW)
        uow.requests.answer(claim(1), b"receipt")
        uow.requests.release(claim(2))
        uow.commit()
    assert [row[1] for row in stored(units, kernel.requests)] == [request_id(1)]
    answer(units, claim(2))


def test_what_is_not_committed_claims_nothing(units: SqlUnits):
    with writing(units) as uow:
        uow.requests.claim([claim()], at=NOW)
        uow.requests.answer(claim(), b"receipt")
    answer(units, claim())


def test_a_claim_that_was_neither_answered_nor_released_is_a_bug(units: SqlUnits):
    with pytest.raises(AssertionError, match="neither answered nor released"), writing(units) as uow:
        uow.requests.claim([claim()], at=NOW)
        uow.add(sale())
        uow.commit()
    assert (count(units, kernel.requests), count(units, sales.sales)) == (0, 0)


@pytest.mark.parametrize("commits", [True, False])
def test_a_duplicate_waits_for_the_original(units: SqlUnits, commits: bool):
    claimed, waits = Event(), Event()

    def original() -> None:
        with writing(units) as uow:
            uow.requests.claim([claim()], at=NOW)
            claimed.set()
            assert not waits.wait(0.3)
            uow.requests.answer(claim(), b"receipt")
            if commits:
                uow.commit()

    def duplicate() -> object:
        claimed.wait()
        with writing(units) as uow:
            found = uow.requests.claim([claim()], at=NOW)
            waits.set()
            return found

    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(original)
        second = threads.submit(duplicate)
        first.result()
        expected = {(5, request_id(1)): StoredAnswer("Checkout", b"content", b"receipt")} if commits else {}
        assert second.result() == expected


def test_batches_with_the_same_ids_in_another_order_do_not_deadlock(units: SqlUnits):
    ids = range(1, 41)

    def run(backwards: bool) -> int:
        with writing(units) as uow:
            claims = [claim(number) for number in (reversed(ids) if backwards else ids)]
            found = uow.requests.claim(claims, at=NOW)
            for one in claims:
                if (5, one.request_id) not in found:
                    uow.requests.answer(one, b"receipt")
            uow.commit()
            return len(found)

    with ThreadPoolExecutor(8) as threads:
        replayed = sorted(threads.map(run, [number % 2 == 1 for number in range(8)]))
    assert replayed == [0, *[40] * 7]
    assert count(units, kernel.requests) == 40


def test_ids_taken_for_new_ones_are_claimed_with_the_next_statement(units: SqlUnits):
    with writing(units) as uow:
        uow.requests.claim_new([claim(2), claim(1)], at=NOW)
        uow.sales.load(SaleNeeds())
        uow.requests.answer(claim(1), b"receipt")
        uow.requests.answer(claim(2), b"receipt")
        uow.commit()
    with writing(units) as uow:
        assert len(uow.requests.claim([claim(1), claim(2), claim(3)], at=NOW)) == 2


def _load(uow: SqlUnitOfWork) -> None:
    uow.sales.load(SaleNeeds())


def _refresh(uow: SqlUnitOfWork) -> None:
    uow.refresh()


def _answer_and_commit(uow: SqlUnitOfWork) -> None:
    for number in (1, 2):
        uow.requests.answer(claim(number), b"another receipt")
    uow.commit()


def _confirm(uow: SqlUnitOfWork) -> None:
    uow.requests.confirm()


@pytest.mark.parametrize("whatever_comes_next", [_load, _refresh, _answer_and_commit, _confirm])
def test_an_id_wrongly_taken_for_a_new_one_keeps_its_answer(
    units: SqlUnits, whatever_comes_next: Callable[[SqlUnitOfWork], None]
):
    answer(units, claim(1))
    with pytest.raises(ClaimedBefore), writing(units) as uow:
        uow.requests.claim_new([claim(1), claim(2)], at=NOW)
        whatever_comes_next(uow)
    with writing(units) as uow:
        assert uow.requests.claim([claim(1), claim(2)], at=NOW) == {
            (5, request_id(1)): StoredAnswer("Checkout", b"content", b"receipt")
        }
