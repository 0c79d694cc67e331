"""Which lot the goods of a receipt are of, and how what arrives is costed."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta

from application.fields import CODE_CHARACTERS_MAX, TextTooLong, optional_date
from application.ports.inventory import StockItem
from application.ports.kernel import UnitOfWork
from application.stock_book import StockBook
from domain.inventory.layers import Lot
from domain.inventory.stock import Costing, CostingMethod
from domain.shared.errors import Rejected

FLAGS: Mapping[CostingMethod, Costing] = {
    CostingMethod.MOVING_AVERAGE: Costing(0),
    CostingMethod.FIFO: Costing.FIFO,
    CostingMethod.STANDARD: Costing.STANDARD,
}


class NotKeptByLot(Rejected):
    en = "“{sku}” is not told apart by lot. Leave {name} out, or set lot_tracked for it with PutCosting first."
    zh = "商品“{sku}”不按批次管理，请删除 {name}，或先用 PutCosting 设置 lot_tracked。"


class ExpiryNeeded(Rejected):
    en = "“{sku}” is told apart by lot and has no shelf life. Give expiry_date, or set shelf_life_days with PutCosting."
    zh = "商品“{sku}”按批次管理且未设置保质期，请填写 expiry_date，或用 PutCosting 设置 shelf_life_days。"


def lot_of(item: StockItem, sku: str, lot_code: str, expiry_date: str, *, received_on: date, field: str) -> Lot:
    """The lot of a line; goods that expire without a date of their own do so at the end of their shelf life.

    Raises NotKeptByLot, ExpiryNeeded and those of texts and dates.
    """
    expires_on = optional_date(expiry_date, field=f"{field}.expiry_date")
    if len(lot_code) > CODE_CHARACTERS_MAX:
        raise TextTooLong(f"{field}.lot_code", count=len(lot_code), count_max=CODE_CHARACTERS_MAX)
    if not item.lot_tracked:
        for name, given in (("lot_code", lot_code), ("expiry_date", expiry_date)):
            if given:
                raise NotKeptByLot(f"{field}.{name}", sku=sku, name=name)
        return Lot()
    if expires_on is None:
        if not item.shelf_life_days:
            raise ExpiryNeeded(f"{field}.expiry_date", sku=sku)
        expires_on = received_on + timedelta(days=item.shelf_life_days)
    return Lot(lot_code, expires_on)


def cost_as_set(uow: UnitOfWork, book: StockBook, items: Iterable[StockItem]) -> int:
    """Lets the levels of a book follow the methods of their categories; how many have changed."""
    methods = uow.stock.category_methods()
    return book.change_costing({item.sku_id: costing_of(item, methods) for item in items})


def costing_of(item: StockItem, methods: Mapping[int, CostingMethod]) -> Costing:
    """How a product is valued and told apart; `methods` are those of `Stock.category_methods`."""
    flags = FLAGS[methods.get(item.category_id, CostingMethod.MOVING_AVERAGE)]
    return flags | Costing.LOTS if item.lot_tracked else flags
