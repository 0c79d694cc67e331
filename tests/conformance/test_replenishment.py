import pytest

from domain.replenishment.classification import abc_classes
from domain.replenishment.lot_size import economic_order_quantity
from domain.replenishment.safety import (
    covered_demand,
    lead_time_deviation,
    reorder_point,
    service_factor,
    service_level,
)
from tests.conformance.stored_cases import deciding


@pytest.mark.capability("INV-05")
@deciding("INV-16")
def test_classifies_goods_by_their_share_of_the_value(case, conformance):
    values, expected = case["given"]["annual_value"], case["expected"]
    assert sum(values.values()) == expected["total"]
    a_share_bp, b_share_bp = (round(share * 10_000) for share in case["given"]["cut"])
    classes = abc_classes(list(values.values()), a_share_bp=a_share_bp, b_share_bp=b_share_bp)
    for letter in "ABC":
        assert [name for name, found in zip(values, classes, strict=True) if found == letter] == expected[letter]
    conformance.record(case["id"], area=case["area"], verdict="agree")


@deciding("INV-02")
def test_orders_where_ordering_and_holding_cost_least(case, conformance):
    given, expected = case["given"], case["expected"]
    demand, order_cost, holding = given["annual_demand"], given["order_cost"], given["holding"]
    quantity = economic_order_quantity(demand=demand, order_cost=order_cost, holding_cost=holding)
    orders = demand / quantity
    daily = demand / given["working_days"]
    assert {
        "eoq": quantity,
        "average_inventory": quantity / 2,
        "annual_holding": quantity / 2 * holding,
        "orders": orders,
        "annual_ordering": orders * order_cost,
        "total_with_purchase": demand * given["unit_cost"] + orders * order_cost + quantity / 2 * holding,
        "days_between_orders": given["working_days"] / orders,
        "reorder_point": reorder_point(mean=daily, lead_time=given["lead_time_days"]),
    } == pytest.approx(expected)
    conformance.record(case["id"], area=case["area"], verdict="agree")


@deciding("INV-07")
def test_reorders_at_the_demand_of_the_lead_time(case, conformance):
    given = case["given"]
    assert (
        reorder_point(mean=given["daily_demand"], lead_time=given["lead_time_days"])
        == (case["expected"]["reorder_point"])
    )
    conformance.record(case["id"], area=case["area"], verdict="agree")


@deciding("INV-08")
def test_holds_safety_stock_against_a_demand_that_varies(case, conformance):
    given, expected = case["given"], case["expected"]
    lead_time = given["lead_time_days"]
    safety = given["z"] * lead_time_deviation(
        mean=given["mean_daily"], deviation=given["sd_daily"], lead_time=lead_time
    )
    assert safety == pytest.approx(expected["safety_stock"], abs=expected["tol"])
    assert reorder_point(mean=given["mean_daily"], lead_time=lead_time, safety_stock=safety) == pytest.approx(
        expected["reorder_point"], abs=expected["tol"]
    )
    conformance.record(case["id"], area=case["area"], verdict="agree")


@deciding("INV-10")
def test_holds_safety_stock_against_a_lead_time_that_varies(case, conformance):
    given, expected = case["given"], case["expected"]
    mean, lead_time = given["weekly_demand"], given["lead_time_weeks"]
    safety = given["z"] * lead_time_deviation(
        mean=mean, deviation=0, lead_time=lead_time, lead_time_deviation=given["sd_lead_time_weeks"]
    )
    exact = reorder_point(mean=mean, lead_time=lead_time, safety_stock=safety)
    assert exact == pytest.approx(expected["reorder_point_exact"])
    assert round(exact) == expected["reorder_point"]
    conformance.record(case["id"], area=case["area"], verdict="agree")


@deciding("INV-13")
def test_holds_safety_stock_for_a_service_level(case, conformance):
    given, expected = case["given"], case["expected"]
    mean, lead_time = given["daily_mean"], given["lead_time"]
    deviation = lead_time_deviation(mean=mean, deviation=given["daily_sd"], lead_time=lead_time)
    safety = service_factor(round(given["service_level"] * 10_000)) * deviation
    more = given["then_safety_stock"]
    assert {
        "safety_stock": safety,
        "reorder_point": reorder_point(mean=mean, lead_time=lead_time, safety_stock=safety),
        "reorder_point_with_20": reorder_point(mean=mean, lead_time=lead_time, safety_stock=more),
        "service_level_with_20": service_level(safety_stock=more, deviation=deviation),
    } == pytest.approx({name: value for name, value in expected.items() if name != "tol"}, abs=expected["tol"])
    conformance.record(case["id"], area=case["area"], verdict="agree")


@deciding("INV-14")
def test_covers_a_discrete_demand_of_the_lead_time(case, conformance):
    given, expected = case["given"], case["expected"]
    service_bp = round(given["service_level"] * 10_000)
    classes = given["ddlt_distribution"]
    upper_bounds = [int(name.split("-")[1]) for name in classes]
    weights = [round(share * 100) for share in classes.values()]
    assert covered_demand(upper_bounds, weights, service_bp=service_bp) == expected["order_point_discrete"]
    normal, daily = given["normal_case"], given["daily_case"]
    safety = service_factor(service_bp) * normal["sd"]
    daily_safety = service_factor(service_bp) * lead_time_deviation(
        mean=daily["mean"], deviation=daily["sd"], lead_time=daily["lead_time"]
    )
    assert {
        "order_point_normal": normal["mean"] + safety,
        "safety_stock_normal": safety,
        "order_point_daily": reorder_point(mean=daily["mean"], lead_time=daily["lead_time"], safety_stock=daily_safety),
        "safety_stock_daily": daily_safety,
    } == pytest.approx(
        {name: value for name, value in expected.items() if name not in ("tol", "order_point_discrete")},
        abs=expected["tol"],
    )
    conformance.record(case["id"], area=case["area"], verdict="agree")
