"""Who may write promotions for which stores, and which ones each sees."""

from dataclasses import replace
from typing import Any

import pytest

from application.identity.regions import PutRegions, put_regions
from application.identity.settings import PutSetting, put_setting
from application.identity.stores import PutStores, put_stores
from application.identity.views import RegionView, StoreView
from application.pricing.promotion_scope import LocalPromotionsLocked, OthersPromotion, OutsideScope
from application.pricing.promotion_views import UnknownPromotion
from application.pricing.templates import TemplatesOfHeadOffice
from domain.identity.organisation import SYSTEM, Caller, ScopeKind, StoreStatus
from liansuo.pricing.v1 import pricing_pb2 as pb2
from tests.entrypoints.pricing.lives import draft, got, led_to_publication, publish, rate, review, send, submit, total
from tests.world import World


@pytest.fixture
def regions(world: World) -> World:
    """Stores S1 and S2 in EAST, S3 in WEST."""
    world.do(put_regions, PutRegions((RegionView("WEST", "华西"),)))
    store = StoreView("S3", "Store S3", "WEST", "CNY", "Asia/Shanghai", 240, StoreStatus.OPEN)
    world.do(put_stores, PutStores((store,)))
    return world


def bounded(world: World, *stores: str, region: str = "", **fields: Any) -> Caller:
    """Somebody responsible for these stores, or for a region with its stores."""
    ids = dict(world.rows("SELECT code, store_id FROM stores"))
    region_id = dict(world.rows("SELECT code, region_id FROM regions")).get(region)
    wanted = frozenset(ids[code] for code in stores)
    return replace(SYSTEM, caller_id=2_000, code="manager", store_ids=wanted, region_id=region_id, **fields)


def listed(world: World, caller: Caller, **asked: Any) -> list[str]:
    request = pb2.ListPromotionCalendarRequest(**asked)
    return [entry.code for entry in send(world, "ListPromotionCalendar", request, caller=caller).entries]


@pytest.mark.capability("SEC-02")
def test_a_store_writes_for_itself_and_sees_what_holds_there(regions: World):
    manager, other = bounded(regions, "S1"), bounded(regions, "S2")
    for terms in (
        rate("MINE", 1_000),
        rate("MINE", 1_000, store_codes=["S1", "S2"]),
        rate("MINE", 1_000, region_codes=["EAST"]),
        rate("MINE", 1_000, excluded_store_codes=["S2", "S3"]),
    ):
        for name, request in (
            ("DraftPromotion", pb2.DraftPromotionRequest(promotion=terms)),
            ("PutPromotions", pb2.PutPromotionsRequest(promotions=[terms])),
        ):
            with pytest.raises(OutsideScope) as refused:
                send(regions, name, request, caller=manager)
            assert (refused.value.details["scope"], refused.value.field.endswith("store_codes")) == ("S1", True)
    assert regions.count("promotion_lives") == 0
    revision = draft(regions, rate("MINE", 1_000, store_codes=["S1"]), caller=manager)
    submit(regions, "MINE", revision, caller=manager)
    reviewer = replace(manager, caller_id=2_001)
    review(regions, "MINE", revision, caller=reviewer)
    publish(regions, "MINE", revision, caller=reviewer)
    assert [total(regions, store=store) for store in ("S1", "S2", "S3")] == [9_000, 10_000, 10_000]
    led_to_publication(regions, rate("CHAIN", 100, stage=1))
    led_to_publication(regions, rate("WEST", 100, stage=1, region_codes=["WEST"]))
    led_to_publication(regions, rate("NOT1", 100, stage=1, excluded_store_codes=["S1"]))
    assert listed(regions, manager) == ["CHAIN", "MINE"]
    assert listed(regions, other) == ["CHAIN", "NOT1"]
    assert listed(regions, bounded(regions, "S3")) == ["CHAIN", "NOT1", "WEST"]
    assert listed(regions, SYSTEM) == ["CHAIN", "MINE", "NOT1", "WEST"]
    assert listed(regions, SYSTEM, store_code="S1") == ["CHAIN", "MINE"]
    for caller, seen in ((manager, ["CHAIN", "MINE"]), (other, ["CHAIN", "NOT1"])):
        found = send(regions, "ListPromotions", pb2.ListPromotionsRequest(), caller=caller).promotions
        assert [promotion.code for promotion in found] == seen
    assert got(regions, "CHAIN", caller=manager).promotion.code == "CHAIN"
    with pytest.raises(UnknownPromotion):
        got(regions, "MINE", caller=other)


@pytest.mark.capability("SEC-02")
def test_nobody_touches_what_holds_beyond_their_stores(regions: World):
    manager = bounded(regions, "S1")
    led_to_publication(regions, rate("CHAIN", 1_000))
    led_to_publication(regions, rate("WEST", 1_000, region_codes=["WEST"]))
    for name in ("Pause", "End"):
        with pytest.raises(OthersPromotion):
            send(regions, f"{name}Promotion", getattr(pb2, f"{name}PromotionRequest")(code="CHAIN"), caller=manager)
        with pytest.raises(UnknownPromotion):
            send(regions, f"{name}Promotion", getattr(pb2, f"{name}PromotionRequest")(code="WEST"), caller=manager)
    # Nor by writing their own terms under its code, seen or unseen.
    for code in ("CHAIN", "WEST"):
        own = rate(code, 9_000, store_codes=["S1"])
        with pytest.raises(OthersPromotion):
            draft(regions, own, caller=manager)
        with pytest.raises(OthersPromotion) as refused:
            send(regions, "PutPromotions", pb2.PutPromotionsRequest(promotions=[own]), caller=manager)
        assert refused.value.field == "promotions[0].code"
    assert total(regions) == 9_000
    # A draft of head office for one store only makes what is published everywhere nobody else's.
    draft(regions, rate("CHAIN", 1_000, store_codes=["S1"]))
    with pytest.raises(OthersPromotion):
        send(regions, "SubmitPromotion", pb2.SubmitPromotionRequest(code="CHAIN", revision=2), caller=manager)


@pytest.mark.capability("SEC-02")
def test_a_region_writes_for_all_its_stores(regions: World):
    east = bounded(regions, "S1", "S2", region="EAST")
    draft(regions, rate("EAST", 1_000, region_codes=["EAST"]), caller=east)
    draft(regions, rate("ONE", 1_000, store_codes=["S2"]), caller=east)
    for terms in (
        rate("BAD", 1_000, region_codes=["EAST", "WEST"]),
        rate("BAD", 1_000, store_codes=["S3"]),
        rate("BAD", 1_000),
    ):
        with pytest.raises(OutsideScope) as refused:
            draft(regions, terms, caller=east)
        assert refused.value.details["scope"] == "EAST"
    # What a store of the region wrote is the region's to end.
    draft(regions, rate("MINE", 1_000, store_codes=["S1"]), caller=bounded(regions, "S1"))
    send(regions, "EndPromotion", pb2.EndPromotionRequest(code="MINE"), caller=east)


def test_head_office_locks_promotions_of_stores_whatever_a_region_says(regions: World):
    manager = bounded(regions, "S1")
    regions.set("local_promotions", "no")
    regions.do(put_setting, PutSetting("local_promotions", ScopeKind.REGION, "EAST", "yes"))
    with pytest.raises(LocalPromotionsLocked) as refused:
        draft(regions, rate("MINE", 1_000, store_codes=["S1"]), caller=manager)
    assert refused.value.details["store_code"] == "S1"
    with pytest.raises(LocalPromotionsLocked):
        terms = rate("MINE", 1_000, region_codes=["EAST"])
        draft(regions, terms, caller=bounded(regions, "S1", "S2", region="EAST"))
    draft(regions, rate("HQ", 1_000, store_codes=["S1"]))
    regions.set("local_promotions", "")
    draft(regions, rate("MINE", 1_000, store_codes=["S1"]), caller=manager)
    regions.do(put_setting, PutSetting("local_promotions", ScopeKind.STORE, "S2", "no"))
    with pytest.raises(LocalPromotionsLocked):
        draft(regions, rate("TWO", 1_000, store_codes=["S2"]), caller=bounded(regions, "S2"))


def test_templates_are_those_of_head_office(regions: World):
    template = pb2.PromotionTemplate(code="OWN", name="Own", terms=rate("", 1_000))
    with pytest.raises(TemplatesOfHeadOffice):
        send(
            regions,
            "PutPromotionTemplates",
            pb2.PutPromotionTemplatesRequest(templates=[template]),
            caller=bounded(regions, "S1"),
        )


def test_the_strictest_review_of_the_stores_concerned_holds(regions: World):
    regions.do(put_setting, PutSetting("promotion_review", ScopeKind.STORE, "S1", "none"))
    manager = bounded(regions, "S1")
    publish(regions, "MINE", draft(regions, rate("MINE", 1_000, store_codes=["S1"]), caller=manager), caller=manager)
    assert total(regions) == 9_000
    revision = draft(regions, rate("BOTH", 1_000, store_codes=["S1", "S2"]))
    with pytest.raises(Exception, match="must be reviewed first"):
        publish(regions, "BOTH", revision)
