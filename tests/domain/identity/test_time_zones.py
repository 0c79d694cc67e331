import pytest

from domain.identity.time_zones import UnknownTimeZone, checked_time_zone
from domain.shared.period import zone


@pytest.mark.parametrize("name", ["Asia/Shanghai", "America/New_York", "UTC", "Asia/Kathmandu"])
def test_an_iana_name_is_a_time_zone_that_business_dates_understand(name):
    assert checked_time_zone(name, field="time_zone") == name
    assert zone(name).key == name


@pytest.mark.parametrize(
    "name",
    ["", "Asia", "asia/shanghai", "+08:00", "Mars/Olympus", "../../etc/passwd", "/etc/passwd", "UTC\0", "x" * 500],
)
def test_anything_else_is_refused(name):
    with pytest.raises(UnknownTimeZone) as refused:
        checked_time_zone(name, field="stores[0].time_zone")
    assert refused.value.field == "stores[0].time_zone"
    assert refused.value.details == {"time_zone": name[:64]}
