"""What the application needs from vouchers of others."""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from domain.sales.voucher import VoucherEntry, VoucherKey


class Vouchers(Protocol):
    """The vouchers that have paid, by issuer and number."""

    def lock(self, keys: Collection[VoucherKey]) -> Mapping[VoucherKey, VoucherEntry]:
        """The last entry of each; until the end of this transaction nobody else pays by them.

        What has never paid is absent.
        """

    def paid_by(self, sale_id: int) -> Sequence[VoucherEntry]:
        """The entries by which vouchers have paid a sale, by tender."""

    def left(self, sale_ids: Collection[int]) -> Mapping[tuple[int, int], int]:
        """What each voucher of these sales has paid and not given back, in minor units, by sale and tender.

        Goods that it has paid for may have gone into exchanges: what comes back of those counts too, and what this
        transaction has added.
        """

    def history(self, issuer: str, voucher_number: str, *, limit: int) -> Sequence[VoucherEntry]:
        """The newest entries of a voucher, newest first; nothing of one that never paid."""

    def doubled(self, *, limit: int) -> Sequence[VoucherEntry]:
        """The last entries of vouchers that pay for more than one sale now, newest first."""
