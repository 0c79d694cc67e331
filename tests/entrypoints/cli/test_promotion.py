"""Promotions in files."""

import json
from pathlib import Path

import pytest

from tests.entrypoints.cli.journeys import Shell

ROOT = Path(__file__).parents[3]
TERMS = {"code": "TEN", "name": "Ten off", "benefit": {"kind": "rate", "items": {"everything": True}, "rate_bp": 1_000}}
BASKET = {"name": "tea", "lines": [{"sku": "TEA", "unit_price_minor": 10_000}], "total_minor": 9_000}


def written(folder: Path, *, promotions: object = (TERMS,), examples: object = (BASKET,)) -> Path:
    file = folder / "promotions.json"
    file.write_text(json.dumps({"promotions": promotions, "examples": examples}))
    return file


def test_the_file_to_start_from_holds_what_it_says(shell: Shell):
    file = ROOT / "docs" / "promotions.yaml"
    assert shell("promotion", "validate", file).code == 0
    ended = shell("promotion", "test", file, "--format", "json")
    assert ended.code == 0
    assert {row["result"] for row in ended.json} == {"as expected"}


def test_an_example_that_comes_to_something_else_ends_with_1(shell: Shell, anywhere: Path):
    file = written(anywhere, examples=[{**BASKET, "total_minor": 9_001}])
    ended = shell("promotion", "test", file, "--format", "json")
    assert ended.code == 1
    [row] = ended.json
    assert (row["expected_minor"], row["total_minor"], row["result"]) == (9_001, 9_000, "different")
    assert "1 of 1 examples" in ended.err


@pytest.mark.parametrize(
    ("expected", "result"),
    [
        ({"gifts": {"MUG": 1}}, "as expected"),
        ({"gifts": {"MUG": 2}}, "different"),
        ({"gifts": {}, "gifts_left": {"MUG": 0}}, "as expected"),
        ({"applied": {}}, "as expected"),
        ({"coupons": {"NEXT": 2}}, "as expected"),
        ({"coupons": {}}, "different"),
    ],
)
def test_an_example_says_what_is_given_beside_the_goods(shell: Shell, anywhere: Path, expected: object, result: str):
    everything = {"everything": True}
    promotions = [
        {
            "code": "MUG",
            "name": "A mug",
            "benefit": {"kind": "gift", "items": everything, "gifts": [{"sku": "MUG", "units": 1}]},
        },
        {
            "code": "NEXT",
            "name": "Next time",
            "benefit": {"kind": "coupon", "items": everything, "coupon_batch_code": "NEXT", "units": 2},
        },
    ]
    example = {**BASKET, "total_minor": 10_000, **expected}
    ended = shell("promotion", "test", written(anywhere, promotions=promotions, examples=[example]), "--format", "json")
    assert [row["result"] for row in ended.json] == [result]
    assert ended.code == (0 if result == "as expected" else 1)


@pytest.mark.parametrize(
    ("terms", "place"),
    [
        ({**TERMS, "rate": 5}, "promotions.0.rate"),
        ({**TERMS, "benefit": {"kind": "free"}}, "promotions.0.benefit.kind"),
        ({**TERMS, "weekdays": [8]}, "promotions[0].weekdays[0]"),
        ({**TERMS, "code": ""}, "promotions[0].code"),
        ({**TERMS, "when": {"tier": ["GOLD"]}}, "promotions.0.when.tier"),
        ({**TERMS, "when": {"any_of": [{"all_of": [{"tiers": 5}]}]}}, "promotions.0.when.any_of.0.all_of.0.tiers"),
        ({**TERMS, "when": {"festivals": [{"festival": "xmas"}]}}, "promotions.0.when.festivals.0.festival"),
        ({**TERMS, "when": {"any_of": [{}]}}, "promotions[0].when.any_of[0]"),
    ],
)
def test_names_the_place_of_what_is_wrong(shell: Shell, anywhere: Path, terms: object, place: str):
    ended = shell("promotion", "validate", written(anywhere, promotions=[terms]))
    assert ended.code == 1
    assert place in ended.err


@pytest.mark.parametrize("text", ["promotions: [", "\x00", "just words", "[]"])
def test_refuses_what_is_no_such_file(shell: Shell, anywhere: Path, text: str):
    file = anywhere / "promotions.yaml"
    file.write_text(text)
    assert shell("promotion", "validate", file).code == 1


def test_a_file_that_is_not_there_ends_with_3(shell: Shell):
    assert shell("promotion", "validate", "absent.yaml").code == 3


def test_publishes_once_and_says_so(chain_shell: Shell, anywhere: Path):
    file = written(anywhere)
    assert "1 new, 0 changed, 0 as before" in chain_shell("promotion", "publish", file).err
    assert "0 new, 0 changed, 1 as before" in chain_shell("promotion", "publish", file).err
    changed = written(anywhere, promotions=[{**TERMS, "name": "Ten per cent off"}])
    assert "0 new, 1 changed, 0 as before" in chain_shell("promotion", "publish", changed).err


def test_reports_what_promotions_with_limits_have_been_used_for(chain_shell: Shell, anywhere: Path):
    limited = {**TERMS, "code": "FEW", "currency": "CNY", "limits": {"uses_max": 9, "discount_minor_total_max": 5_000}}
    counted = {**TERMS, "code": "MANY", "limits": {}}
    assert (
        chain_shell("promotion", "publish", written(anywhere, promotions=[TERMS, limited, counted], examples=[])).code
        == 0
    )
    assert chain_shell("report", "promotions", "--format", "json").json == [
        {
            "code": code,
            "name": "Ten off",
            "campaign_code": "",
            "currency": currency,
            "uses": 0,
            "members": 0,
            "discount_minor": 0,
            "uses_left": uses_left,
            "discount_left_minor": left,
        }
        for code, currency, uses_left, left in (("FEW", "CNY", 9, 5_000), ("MANY", "", None, None))
    ]
    assert (
        chain_shell("report", "promotions", "--campaign", "XMAS", "--day", "2026-11-22", "--format", "json").json == []
    )


def test_publishes_nothing_while_an_example_does_not_hold(chain_shell: Shell, anywhere: Path):
    ended = chain_shell("promotion", "publish", written(anywhere, examples=[{**BASKET, "total_minor": 1}]))
    assert ended.code == 1
    assert "tea" in ended.err
    assert "1 new" in chain_shell("promotion", "publish", written(anywhere)).err


CONDITIONS = {
    "first_purchase": ({"visit_number": 1}, {"visit_number": 2}),
    "visits_every": ({"visit_number": 10}, {"visit_number": 9}),
    "segments": ({"segments": ["vip"]}, {"segments": ["new"]}),
    "birthday": ({"birthday": "1990-01-02"}, {"birthday": "1990-01-03"}),
    "payment_kinds": ({"payment_kinds": ["wallet"]}, {"payment_kinds": ["cash"]}),
    "festivals": ({"at": "2026-02-17T09:00:00"}, {"at": "2026-02-18T09:00:00"}),
    "member_numbers": ({"member_number": "00000018"}, {"member": True}),
}
STATED = {
    "first_purchase": True,
    "visits_every": 5,
    "segments": ["vip"],
    "birthday": {"days_before": 1},
    "payment_kinds": ["wallet"],
    "festivals": [{"festival": "spring"}],
    "member_numbers": ["00000018"],
}


@pytest.mark.parametrize("condition", CONDITIONS)
def test_examples_say_what_conditions_ask_for(shell: Shell, anywhere: Path, condition: str):
    right, wrong = CONDITIONS[condition]
    file = written(
        anywhere,
        promotions=[{**TERMS, "when": {condition: STATED[condition]}}],
        examples=[{**BASKET, **right}, {**BASKET, **wrong, "total_minor": 10_000}],
    )
    ended = shell("promotion", "test", file, "--format", "json")
    assert [row["result"] for row in ended.json] == ["as expected"] * 2
    assert ended.json[1]["applied"].startswith("TEN: ")


def test_examples_name_goods_by_brand_tag_and_supplier(shell: Shell, anywhere: Path):
    items = {"brands": ["Longjing"], "tags": ["organic"], "supplier_codes": ["SUP1"], "excluded_tags": ["old"]}
    terms = {**TERMS, "benefit": {"kind": "rate", "items": items, "rate_bp": 1_000}}
    named = ({"brand": "Longjing"}, {"tags": ["organic"]}, {"supplier_code": "SUP1"}, {"tags": ["organic", "old"]})
    examples = [
        {**BASKET, "lines": [{"sku": "TEA", "unit_price_minor": 10_000, **names}], "total_minor": 9_000}
        for names in named
    ]
    examples[-1]["total_minor"] = 10_000
    ended = shell("promotion", "test", written(anywhere, promotions=[terms], examples=examples), "--format", "json")
    assert [row["result"] for row in ended.json] == ["as expected"] * 4


def test_an_example_that_fails_says_what_is_lacking(shell: Shell, anywhere: Path):
    file = written(anywhere, promotions=[{**TERMS, "when": {"any_of": [{"tiers": ["GOLD"]}, {"member": True}]}}])
    [row] = shell("promotion", "test", file, "--format", "json").json
    assert (row["result"], row["applied"]) == ("different", "TEN: (tier GOLD, or a member)")


def test_leads_a_promotion_through_its_life(chain_shell: Shell, anywhere: Path):
    assert chain_shell("settings", "set", "promotion_review", "anyone").code == 0
    assert "TEN: draft, revision 1" in chain_shell("promotion", "draft", written(anywhere), "--note", "May").err
    for command, told in (
        ("submit", "TEN: submitted, draft 1 submitted."),
        ("review", "TEN: reviewed, draft 1 reviewed."),
        ("publish-draft", "TEN: live."),
        ("pause", "TEN: paused."),
        ("resume", "TEN: live."),
        ("end", "TEN: ended."),
    ):
        ended = chain_shell("promotion", command, "TEN")
        assert (ended.code, told in ended.err) == (0, True), ended.err
    steps = chain_shell("promotion", "show", "TEN", "--format", "json").json
    assert [step["kind"] for step in steps] == [
        "drafted", "submitted", "reviewed", "published", "paused", "resumed", "ended",
    ]  # fmt: skip
    assert (steps[0]["by"], steps[0]["note"]) == ("system", "May")
    refused = chain_shell("promotion", "resume", "TEN")
    assert (refused.code, "must be paused first" in refused.err) == (1, True)
    assert chain_shell("promotion", "review", "TEN").code == 1


def test_the_command_line_is_one_person(chain_shell: Shell, anywhere: Path):
    """So without another setting what it has written it cannot review."""
    chain_shell("promotion", "draft", written(anywhere))
    chain_shell("promotion", "submit", "TEN")
    refused = chain_shell("promotion", "review", "TEN")
    assert (refused.code, "Somebody else must review it" in refused.err) == (1, True)
    assert "TEN: draft" in chain_shell("promotion", "review", "TEN", "--send-back").err


def test_lists_what_holds_when(chain_shell: Shell, anywhere: Path):
    promotions = [
        {**TERMS, "code": "MAY", "theme": "spring", "from_date": "2031-05-01", "until_date": "2031-06-01"},
        {**TERMS, "code": "JUNE", "from_date": "2031-06-01", "until_date": "2031-07-01"},
    ]
    chain_shell("promotion", "publish", written(anywhere, promotions=promotions, examples=()))

    def codes(*arguments: object) -> list[str]:
        return [row["code"] for row in chain_shell("promotion", *arguments, "--format", "json").json]

    assert codes("list") == ["MAY", "JUNE"]
    assert codes("list", "--state", "scheduled", "--theme", "spring") == ["MAY"]
    assert codes("list", "--state", "live") == []
    assert codes("calendar", "--from", "2031-06-01", "--until", "2031-06-02") == ["JUNE"]
    assert chain_shell("promotion", "calendar", "--from", "June").code == 1
    assert chain_shell("promotion", "list", "--store", "NONE").code == 1


def test_writes_a_draft_from_a_template(chain_shell: Shell):
    made = ("promotion", "from-template", "DISCOUNT", "JULY", "--set", "rate=1000")
    assert "JULY: draft, draft 1 draft." in chain_shell(*made, "--set", "theme=summer", "--name", "July").err
    assert chain_shell("promotion", "list", "--theme", "summer", "--format", "json").json[0]["name"] == "July"
    refused = chain_shell("promotion", "from-template", "DISCOUNT", "JULY", "--set", "rate=ten")
    assert (refused.code, "parameters.rate" in refused.err) == (1, True)
    assert chain_shell("promotion", "from-template", "DISCOUNT", "JULY", "--set", "rate").code == 2
    listed = chain_shell("promotion", "templates", "--format", "json").json
    [rate] = [row for row in listed if (row["code"], row["parameter"]) == ("DISCOUNT", "rate")]
    assert (rate["kind"], rate["required"], rate["low"], rate["high"]) == ("rate", True, 1, 10_000)


def test_warns_of_what_competes(chain_shell: Shell, anywhere: Path):
    """Where there is a store in which it could."""
    chain_shell("seed")
    promotions = [{**TERMS, "code": "ONE"}, {**TERMS, "code": "TWO", "priority": 1}]
    told = chain_shell("promotion", "publish", written(anywhere, promotions=promotions)).err
    assert "Overlap: ONE and TWO want the same goods" in told
    assert "“TWO” has the first choice" in told
    [row] = chain_shell("promotion", "overlaps", "ONE", "--format", "json").json
    assert (row["other_code"], row["winner_code"], row["precedence"]) == ("TWO", "TWO", "priority")
