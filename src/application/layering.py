"""Recording what a movement of stock does to layers and to standard costs, as the entries that it leaves."""

from application.ports.kernel import UnitOfWork
from domain.inventory.layers import LayeredLevel, StandardCost, StockLayerEntry
from domain.inventory.stock import StockLevel, StockMovement


def record_layers(uow: UnitOfWork, level: StockLevel, movement: StockMovement) -> None:
    """Adds the entries of the layers that have moved since the last movement of the level, which belong to this one.

    Of a level that has no layers nothing is recorded. Layers that it opens get their ids here.
    """
    if not isinstance(level, LayeredLevel):
        return
    document_id, on = movement.document_id, movement.business_date
    for part in level.taken_parts():
        layer = part.layer
        if part.opened:
            layer.layer_id = uow.new_id()
            uow.add(layer)
        uow.add(
            StockLayerEntry(
                level.location_id, level.sku_id, layer.layer_id, uow.new_id(), movement.movement_id, document_id,
                part.quantity_milli, part.value_minor, on,
            )
        )  # fmt: skip
    if level.standard_is_new:
        level.standard_is_new = False
        uow.add(
            StandardCost(
                level.location_id, level.sku_id, level.standard_number, level.standard_minor,
                level.standard_quantity_milli, document_id, movement.business_date, uow.now,
            )
        )  # fmt: skip
