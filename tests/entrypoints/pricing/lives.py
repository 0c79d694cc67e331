"""The RPCs of a promotion's life as a person at head office or in a store sends them, and what baskets then cost."""

from dataclasses import replace
from typing import Any

from google.protobuf.message import Message

from domain.identity.organisation import SYSTEM, Caller
from entrypoints.grpc import pricing, sales
from entrypoints.grpc.rpc import Kind
from liansuo.pricing.v1 import pricing_pb2 as pb2
from liansuo.sales.v1 import sales_pb2
from tests.world import World

WRITER = replace(SYSTEM, caller_id=1_001, code="writer")
REVIEWER = replace(SYSTEM, caller_id=1_002, code="reviewer")
ALL = pb2.ItemSet(everything=True)


def send(world: World, name: str, request: Message, *, caller: Caller = SYSTEM) -> Any:
    """The response of an RPC of pricing; refusals are raised."""
    method = pricing.SERVICE.methods[f"/{pricing.SERVICE.name}/{name}"]
    run = world.ask if method.row.kind is Kind.READ else world.do
    return method.row.response.FromString(method.show(run(method.use_case, method.decode(request), caller)))


def rate(code: str, rate_bp: int, items: pb2.ItemSet = ALL, **terms: Any) -> pb2.Promotion:
    benefit = pb2.Benefit(kind=pb2.BENEFIT_KIND_RATE, items=items, rate_bp=rate_bp)
    return pb2.Promotion(code=code, name=f"{code} off", benefit=benefit, **terms)


def draft(world: World, promotion: pb2.Promotion, *, caller: Caller = WRITER) -> int:
    """The revision of the draft."""
    answer = send(world, "DraftPromotion", pb2.DraftPromotionRequest(promotion=promotion), caller=caller)
    return int(answer.promotion.draft_revision)


def submit(world: World, code: str, revision: int, *, caller: Caller = WRITER) -> pb2.PromotionEntry:
    request = pb2.SubmitPromotionRequest(code=code, revision=revision)
    return send(world, "SubmitPromotion", request, caller=caller).promotion


def review(world: World, code: str, revision: int, *, caller: Caller = REVIEWER, **given: Any) -> pb2.PromotionEntry:
    request = pb2.ReviewPromotionRequest(code=code, revision=revision, **given)
    return send(world, "ReviewPromotion", request, caller=caller).promotion


def publish(world: World, code: str, revision: int, *, caller: Caller = REVIEWER) -> pb2.PublishPromotionResponse:
    request = pb2.PublishPromotionRequest(code=code, revision=revision)
    return send(world, "PublishPromotion", request, caller=caller)


def led_to_publication(world: World, promotion: pb2.Promotion) -> pb2.PublishPromotionResponse:
    """Drafted and submitted by one, reviewed and published by another."""
    revision = draft(world, promotion)
    submit(world, promotion.code, revision)
    review(world, promotion.code, revision)
    return publish(world, promotion.code, revision)


def got(world: World, code: str, *, caller: Caller = SYSTEM, **given: Any) -> pb2.GetPromotionResponse:
    return send(world, "GetPromotion", pb2.GetPromotionRequest(code=code, **given), caller=caller)


def total(world: World, sku: str = "TEA", *, store: str = "S1") -> int:
    """What one unit comes to in a store."""
    method = sales.SERVICE.methods[f"/{sales.SERVICE.name}/QuoteBasket"]
    line = sales_pb2.BasketLine(sku=sku, quantity_milli=1_000)
    request = sales_pb2.QuoteBasketRequest(basket=sales_pb2.Basket(lines=[line], store_code=store))
    return int(world.ask(method.use_case, method.decode(request), SYSTEM).total_minor)
