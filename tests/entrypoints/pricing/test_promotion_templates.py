"""Promotions made of templates with a few parameters."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from application.fields import NamedTwice, UnusableCharacter
from application.identity.stores import PutStores, put_stores
from application.identity.views import StoreView
from application.pricing.promotion_fields import CurrencyNeeded
from application.pricing.templates import UnknownTemplate
from domain.identity.organisation import StoreStatus
from domain.pricing.template import BUILT_IN, InvalidParameter, InvalidTarget, ParameterMissing, UnknownParameter
from liansuo.pricing.v1 import pricing_pb2 as pb2
from tests.entrypoints.pricing.lives import WRITER, got, publish, rate, review, send, submit, total
from tests.world import World


def instantiate(world: World, template: str, code: str, **parameters: str) -> pb2.InstantiateTemplateResponse:
    given = [pb2.GivenParameter(name=name, value=value) for name, value in parameters.items()]
    request = pb2.InstantiateTemplateRequest(template_code=template, code=code, parameters=given)
    return send(world, "InstantiateTemplate", request, caller=WRITER)


def in_force(world: World, template: str, code: str, **parameters: str) -> pb2.Promotion:
    made = instantiate(world, template, code, **parameters)
    revision = made.promotion.draft_revision
    submit(world, code, revision)
    review(world, code, revision)
    publish(world, code, revision)
    return made.terms


@pytest.mark.capability("PRM-17")
def test_spend_and_save_by_three_parameters(world: World):
    made = instantiate(world, "SPEND_SAVE", "MAN300", spend="30000", save="5000", from_date="2026-12-01")
    assert (made.promotion.code, made.promotion.name) == ("MAN300", "满减")
    assert made.promotion.state == pb2.PROMOTION_STATE_DRAFT
    assert made.terms == got(world, "MAN300").draft.promotion
    assert made.terms == pb2.Promotion(
        code="MAN300",
        name="满减",
        currency="CNY",
        from_date="2026-12-01",
        benefit=pb2.Benefit(
            kind=pb2.BENEFIT_KIND_AMOUNT,
            items=pb2.ItemSet(everything=True),
            steps=[pb2.Step(amount_minor=30_000, off_minor=5_000)],
        ),
    )


@pytest.mark.parametrize(
    ("template", "parameters", "price"),
    [
        ("SPEND_SAVE", {"spend": "5000", "save": "1000", "categories": "FOOD"}, 9_000),
        ("EACH_SPEND_SAVE", {"spend": "5000", "save": "1000", "skus": "TEA"}, 8_000),
        ("DISCOUNT", {"rate": "1200"}, 8_800),
        ("DISCOUNT", {"rate": "1200", "categories": "HOME"}, 10_000),
        ("MEMBER_DAY", {"rate": "1200", "weekdays": "1,7"}, 10_000),
        ("SECOND_HALF", {}, 10_000),
        ("BUY_GET", {"buy": "TEA", "get": "MUG"}, 10_000),
        ("NEW_STORE", {"rate": "3000", "stores": "S1", "from_date": "2026-11-22", "days": "7"}, 7_000),
    ],
)
def test_every_template_of_the_program_comes_to_what_it_says(world: World, template, parameters, price):
    in_force(world, template, "MADE", **parameters)
    assert total(world) == price


def test_all_templates_of_the_program_are_listed_with_their_parameters(world: World):
    found = send(world, "ListPromotionTemplates", pb2.ListPromotionTemplatesRequest()).templates
    assert [one.code for one in found] == [one.code for one in BUILT_IN] == sorted(one.code for one in BUILT_IN)
    assert [one.name for one in found] == ["买赠", "折扣", "每满减", "会员日", "新店开业", "第2件半价", "满减"]
    assert all(one.built_in for one in found)
    [spend] = [one for one in found if one.code == "SPEND_SAVE"]
    assert [parameter.name for parameter in spend.parameters if parameter.required] == ["spend", "save"]
    first = send(world, "ListPromotionTemplates", pb2.ListPromotionTemplatesRequest(page_size=6))
    rest = pb2.ListPromotionTemplatesRequest(page_token=first.next_page_token)
    assert [one.code for one in send(world, "ListPromotionTemplates", rest).templates] == ["SPEND_SAVE"]


@pytest.mark.capability("PRM-13")
def test_a_new_store_opens_with_seven_days_of_its_own(world: World):
    store = StoreView("S301", "Store S301", "EAST", "CNY", "Asia/Shanghai", 240, StoreStatus.OPEN)
    world.do(put_stores, PutStores((store,)))
    terms = in_force(world, "NEW_STORE", "OPEN301", rate="2000", stores="S301", from_date="2026-12-01", days="7")
    assert (terms.store_codes, terms.from_date, terms.until_date) == (["S301"], "2026-12-01", "2026-12-08")
    shanghai = ZoneInfo("Asia/Shanghai")
    for moment, price in (
        (datetime(2026, 11, 30, 23, 59, tzinfo=shanghai), 10_000),
        (datetime(2026, 12, 1, tzinfo=shanghai), 8_000),
        (datetime(2026, 12, 7, 23, 59, tzinfo=shanghai), 8_000),
        (datetime(2026, 12, 8, tzinfo=shanghai), 10_000),
    ):
        world.clock.now = moment.astimezone(world.clock.now.tzinfo)
        assert (total(world, store="S301"), total(world)) == (price, 10_000)


@pytest.mark.parametrize(
    ("template", "parameters", "refusal", "field"),
    [
        ("SPEND_SAVE", {"spend": "30000"}, ParameterMissing, "parameters.save"),
        ("SPEND_SAVE", {"spend": "300.00", "save": "1"}, InvalidParameter, "parameters.spend"),
        ("SPEND_SAVE", {"spend": "0", "save": "1"}, InvalidParameter, "parameters.spend"),
        ("SPEND_SAVE", {"spend": "٣", "save": "1"}, InvalidParameter, "parameters.spend"),
        ("SPEND_SAVE", {"spend": "1", "save": "9" * 16}, InvalidParameter, "parameters.save"),
        ("DISCOUNT", {"rate": "10001"}, InvalidParameter, "parameters.rate"),
        ("DISCOUNT", {"rate": "1", "colour": "red"}, UnknownParameter, "parameters.colour"),
        ("DISCOUNT", {"rate": "1", "from_date": "2026-13-01"}, InvalidParameter, "parameters.from_date"),
        ("DISCOUNT", {"rate": "1", "from_date": "20261201"}, InvalidParameter, "parameters.from_date"),
        ("DISCOUNT", {"rate": "1", "days": "7"}, InvalidParameter, "parameters.days"),
        (
            "DISCOUNT",
            {"rate": "1", "from_date": "9999-12-30", "days": "7"},
            InvalidParameter,
            "parameters.days",
        ),
        ("DISCOUNT", {"rate": "1", "stores": "S1,,S2"}, InvalidParameter, "parameters.stores"),
        ("DISCOUNT", {"rate": "1", "weekdays": "1,8"}, InvalidParameter, "parameters.weekdays"),
        ("NONE", {}, UnknownTemplate, "template_code"),
    ],
)
def test_says_which_parameter_is_wrong(world: World, template, parameters, refusal, field):
    with pytest.raises(refusal) as refused:
        instantiate(world, template, "MADE", **parameters)
    assert refused.value.field == field
    assert refused.value.message("zh") != refused.value.message("en")
    assert world.count("promotion_lives") == 0


def test_an_amount_needs_its_currency_where_stores_have_several(world: World):
    store = StoreView("S9", "Store S9", "EAST", "USD", "Asia/Shanghai", 240, StoreStatus.OPEN)
    world.do(put_stores, PutStores((store,)))
    with pytest.raises(CurrencyNeeded):
        instantiate(world, "SPEND_SAVE", "MADE", spend="100", save="1")
    assert instantiate(world, "SPEND_SAVE", "MADE", spend="100", save="1", currency="USD").terms.currency == "USD"


def own(**changes: object) -> pb2.PromotionTemplate:
    """Tea at a rate that is left open, on Fridays."""
    tea = pb2.ItemSet(skus=["TEA"])
    parameters = [
        pb2.TemplateParameter(
            name="off",
            kind=pb2.PARAMETER_KIND_RATE,
            targets=["benefit.rate_bp"],
            label="off",
            required=True,
            low=500,
            high=3_000,
        )
    ]
    template = pb2.PromotionTemplate(
        code="TEA", name="Tea Friday", terms=rate("", 0, tea, weekdays=[5]), parameters=parameters
    )
    for name, value in changes.items():
        setattr(template.parameters[0], name, value) if name != "targets" else None
    if "targets" in changes:
        template.parameters[0].ClearField("targets")
        template.parameters[0].targets.extend(changes["targets"])
    return template


def put(world: World, *templates: pb2.PromotionTemplate) -> pb2.PutPromotionTemplatesResponse:
    return send(world, "PutPromotionTemplates", pb2.PutPromotionTemplatesRequest(templates=templates))


def test_a_chain_has_templates_of_its_own(world: World):
    assert put(world, own()) == pb2.PutPromotionTemplatesResponse(created=1)
    assert put(world, own()) == pb2.PutPromotionTemplatesResponse()
    assert put(world, own(label="rate off")) == pb2.PutPromotionTemplatesResponse(changed=1)
    found = send(world, "ListPromotionTemplates", pb2.ListPromotionTemplatesRequest()).templates
    [stored] = [one for one in found if not one.built_in]
    assert (stored.parameters[0], stored.terms.weekdays) == (own(label="rate off").parameters[0], [5])
    made = instantiate(world, "TEA", "FRIDAY", off="2000")
    assert (made.terms.benefit.rate_bp, made.terms.benefit.items.skus, made.terms.weekdays) == (2_000, ["TEA"], [5])
    with pytest.raises(InvalidParameter, match="500 to 3000"):
        instantiate(world, "TEA", "FRIDAY", off="3001")


@pytest.mark.parametrize(
    "targets",
    [
        ["benefit.rate"],
        ["benefit.steps[0].rate_bp"],
        ["benefit.items"],
        ["name"],
        ["benefit.rate_bp", "benefit.kind"],
        [""],
        ["benefit.rate_bp.x"],
        ["__class__"],
    ],
)
def test_refuses_parameters_that_fill_nothing(world: World, targets):
    with pytest.raises(InvalidTarget) as refused:
        put(world, own(targets=targets))
    assert refused.value.field == f"templates[0].parameters[0].targets[{len(targets) - 1}]"


def test_refuses_what_cannot_be_stored(world: World):
    broken = own()
    broken.terms.theme = "a\0b"
    with pytest.raises(UnusableCharacter) as refused:
        put(world, broken)
    assert refused.value.field == "templates[0].terms.theme"
    twice = own()
    twice.parameters.append(twice.parameters[0])
    with pytest.raises(NamedTwice):
        put(world, twice)
    assert world.count("promotion_templates") == 0
