"""The ledger of stored value in SQL."""

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from sqlalchemy import bindparam, literal_column, select
from sqlalchemy.dialects.postgresql import insert as insert_or_leave

from adapters.sql.reading import Statement
from adapters.sql.statements import any_of
from adapters.sql.tables.membership import members
from adapters.sql.tables.wallet import stored_value_accounts as accounts
from adapters.sql.tables.wallet import stored_value_entries as entries
from adapters.sql.transaction import Transaction
from application.ports import wallet as ports
from application.ports.kernel import Contention
from application.ports.wallet import AccountKey, StatementKey
from application.wallet.views import StoredValueEntryView
from domain.sales.sale import TenderKind
from domain.wallet.stored_value import StoredValueAccount, StoredValueEntry, StoredValueReason

_OF_MEMBER: Final = bindparam("member_id", type_=accounts.c.member_id.type)
_IN_ORDER: Final = select(accounts).order_by(accounts.c.member_id, accounts.c.currency)
_LOCK: Final = _IN_ORDER.where(any_of(accounts.c.member_id, "member_ids")).with_for_update(key_share=True)
# The construct of this dialect compiles on SQLite too, to the same words.
_OPEN: Final = (
    insert_or_leave(accounts)
    .from_select(
        ["member_id", "currency", "principal_minor", "bonus_minor", "frozen"],
        # The file is kept from being merged until the end of the transaction; one that is merged opens none.
        select(
            members.c.member_id,
            bindparam("currency", type_=accounts.c.currency.type),
            literal_column("0"),
            literal_column("0"),
            literal_column("0"),
        )
        .where(members.c.member_id == _OF_MEMBER, members.c.merged_into.is_(None))
        .with_for_update(read=True, key_share=True),
    )
    .on_conflict_do_nothing(index_elements=["member_id", "currency"])
)
_OPENED: Final = (
    select(accounts)
    .where(accounts.c.member_id == _OF_MEMBER, accounts.c.currency == bindparam("currency"))
    .with_for_update(key_share=True)
)
_ACCOUNTS: Final = _IN_ORDER.where(accounts.c.member_id == _OF_MEMBER)
_OF_DOCUMENTS: Final = select(entries).where(any_of(entries.c.document_id, "document_ids")).order_by(entries.c.entry_id)
_STATEMENT: Final = Statement(entries, entries.c.member_id)


class StoredValue(ports.StoredValue):
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def lock(self, member_ids: Collection[int]) -> Mapping[AccountKey, StoredValueAccount]:
        rows = self._transaction.execute(_LOCK, {"member_ids": sorted(member_ids)})
        return {(row.member_id, row.currency): StoredValueAccount(**row._mapping) for row in rows}

    def opened(self, member_id: int, currency: str) -> StoredValueAccount:
        key = {"member_id": member_id, "currency": currency}
        self._transaction.execute(_OPEN, key)
        found = self._transaction.execute(_OPENED, key).one_or_none()
        if found is None:
            raise Contention("the member was merged meanwhile")
        return StoredValueAccount(**found._mapping)

    def accounts(self, member_id: int) -> Sequence[StoredValueAccount]:
        return [
            StoredValueAccount(**row._mapping) for row in self._transaction.execute(_ACCOUNTS, {"member_id": member_id})
        ]

    def entries_of(self, document_ids: Collection[int]) -> Sequence[StoredValueEntry]:
        rows = self._transaction.execute(_OF_DOCUMENTS, {"document_ids": sorted(document_ids)})
        return [StoredValueEntry(**{**row._mapping, "reason": StoredValueReason(row.reason)}) for row in rows]

    def statement(
        self, member_id: int, *, after: StatementKey | None, limit: int
    ) -> Sequence[tuple[StatementKey, StoredValueEntryView]]:
        rows = _STATEMENT.page(self._transaction, member_id, after=after, limit=limit)
        return [
            (
                key,
                StoredValueEntryView(
                    entry_id=row.entry_id,
                    currency=row.currency,
                    reason=StoredValueReason(row.reason),
                    principal_minor=row.principal_minor,
                    bonus_minor=row.bonus_minor,
                    document_id=row.document_id,
                    tender=TenderKind(row.tender) if row.tender else None,
                    note=row.note,
                    store_code=row.store_code,
                    business_date=row.business_date.isoformat(),
                    posted_at=row.posted_at,
                ),
            )
            for key, row in rows
        ]
