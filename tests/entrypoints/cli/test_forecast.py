"""`liansuo forecast` on a furnished chain."""

import pytest

from application.membership.consents import RecordConsent, record_consent
from tests.application.forecasting.launches import launch
from tests.application.forecasting.shoppers import PHONES
from tests.application.forecasting.shoppers import shop as let_shop
from tests.application.forecasting.two_years import trade
from tests.entrypoints.cli.journeys import Shell
from tests.world import MEMBER
from tests.world import opened as chain_of


@pytest.fixture
def shop(shell: Shell, sqlite_chain: str, monkeypatch: pytest.MonkeyPatch) -> Shell:
    monkeypatch.setenv("LIANSUO_DATABASE_URL", sqlite_chain)
    monkeypatch.setenv("LIANSUO_MASTER_KEY", bytes(range(32)).hex())
    return shell


def test_forecasts_shows_and_tells_the_errors(shop: Shell, sqlite_chain: str, monkeypatch: pytest.MonkeyPatch) -> None:
    early = shop("forecast", "show", "TEA")
    assert (early.code, "No forecast has been made yet" in early.err) == (1, True)
    with chain_of(sqlite_chain, furnished=True) as world:
        trade(world, weeks=12)
        # The command goes by the clock of the machine, by which all this was long ago or is still to come.
        monkeypatch.setattr("application.forecasting.run_forecast.chain_day", lambda _: world.clock().date())
    [made] = shop("forecast", "run", "--format", "json").json
    assert (made["state"], made["history_weeks"], made["series"]) == ("finished", 11, 5)
    weeks = shop("forecast", "show", "TEA", "--store", "S1", "--weeks", "3", "--format", "json").json
    assert [one["store_code"] for one in weeks] == ["S1"] * 3
    assert all(one["low_milli"] < one["quantity_milli"] < one["high_milli"] for one in weeks)
    total, *categories = shop("forecast", "accuracy", "--format", "json").json
    assert (total["wape_bp"], len(categories)) == (made["wape_bp"], 4)
    [listed] = shop("forecast", "runs", "--format", "json").json
    assert listed == made
    assert "nothing is forecast" in shop("forecast", "show", "RICE").err
    assert "forecast-demand: done, 0" in shop("worker", "run", "forecast-demand").err


@pytest.mark.capability("REP-07")
def test_tells_what_a_new_product_will_sell(shop: Shell, sqlite_chain: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with chain_of(sqlite_chain, furnished=True) as world:
        launch(world)
        monkeypatch.setattr("application.forecasting.forecast_new_product.chain_day", lambda _: world.clock().date())
    weeks = shop("forecast", "new", "NEW", "--weeks", "2", "--format", "json").json
    assert [round(one["quantity_milli"] / 1_000) for one in weeks] == [80, 74]
    shown = shop("forecast", "new", "NEW", "--store", "S1")
    assert "CHEAP2" in shown.out
    assert "Error of 3 past launches: 0.1 %, their plain mean 54.7 %." in shown.err
    assert "No other product of category" in shop("forecast", "new", "MUG").err


@pytest.mark.capability("REP-08")
def test_tells_when_members_buy_again(shop: Shell, sqlite_chain: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "Next purchases have not been forecast yet" in shop("forecast", "due", "FOOD").err
    with chain_of(sqlite_chain, furnished=True) as world:
        let_shop(world)
        world.do(record_consent, RecordConsent(PHONES[0], "profiling"))
        world.do(record_consent, RecordConsent(PHONES[1], "marketing_sms", given=True, text_version=1))
        # The command goes by the clock of the machine, by which all this was long ago or is still to come.
        for module in ("forecast_purchases", "next_purchases"):
            monkeypatch.setattr(f"application.forecasting.{module}.chain_day", lambda _: world.clock().date())
    assert shop("worker", "run", "forecast-purchases").err == "forecast-purchases: done, 5\n"
    assert shop("worker", "run", "forecast-purchases").err == "forecast-purchases: done, 0\n"
    [made] = shop("forecast", "purchases", "--format", "json").json
    assert (made["state"], made["as_of_on"], made["members"], made["purchases"]) == ("finished", "2027-02-23", 4, 5)
    due = shop("forecast", "due", "FOOD", "--format", "json").json
    assert [(one["next_on"], one["store_code"], one["may_contact_for"]) for one in due] == [
        ("2027-02-23", "S1", "marketing_sms"),
        ("2027-02-24", "S1", ""),
        ("2027-02-28", "S2", ""),
    ]
    cut = shop("forecast", "due", "FOOD", "--from", "2027-02-24", "--to", "2027-03-31", "--shown", "1")
    assert ("2027-02-24" in cut.out, "There are more than the 1 shown." in cut.err) == (True, True)
    of_member = shop("forecast", "member", MEMBER, "--format", "csv").out.splitlines()
    assert [line.split(",")[0:2] for line in of_member[1:]] == [["FOOD", "2027-03-03"], ["HOME", "2027-03-03"]]
    assert "refuses profiling" in shop("forecast", "member", PHONES[0]).err
    assert shop("check").code == 0
