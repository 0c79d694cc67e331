"""A small chain that does not exist: three stores in two time zones, and what they sell."""

from typing import Final, NamedTuple

from application.catalog.entries import CategoryEntry, ProductEntry, UnitEntry
from application.identity.views import RegionView, StaffView, StoreView
from application.membership.register_member import RegisterMember
from application.pricing.entries import PriceEntry, PriceListEntry, TaxEntry
from domain.catalog.barcode import check_digit
from domain.identity.organisation import ScopeKind

CURRENCY: Final = "CNY"
RETAIL_LIST: Final = "retail"
GOLD_LIST: Final = "gold"

REGIONS: Final = (RegionView("east", "华东 East China"), RegionView("northwest", "西北 Northwest China"))

STORES: Final = (
    StoreView("S01", "上海徐汇店 Shanghai Xuhui", "east", CURRENCY, "Asia/Shanghai", day_cutoff_minutes=0),
    StoreView("S02", "杭州西湖店 Hangzhou West Lake", "east", CURRENCY, "Asia/Shanghai", day_cutoff_minutes=240),
    StoreView("S03", "乌鲁木齐天山店 Urumqi Tianshan", "northwest", CURRENCY, "Asia/Urumqi", day_cutoff_minutes=240),
)

TERMINALS: Final = {store.code: f"{store.code}-T1" for store in STORES}

STAFF: Final = (
    StaffView("C01", "王芳 Wang Fang", "cashier", ScopeKind.STORE, "S01", active=True),
    StaffView("C02", "陈杰 Chen Jie", "cashier", ScopeKind.STORE, "S02", active=True),
    StaffView("C03", "阿依古丽 Ayguli", "cashier", ScopeKind.STORE, "S03", active=True),
    StaffView("M01", "李娜 Li Na", "manager", ScopeKind.REGION, "east", active=True),
)

MEMBERS: Final = (
    RegisterMember("张伟 Zhang Wei", "+8613800138000", "1985-03-14", "LS0001", "seed", "gold"),
    RegisterMember("刘洋 Liu Yang", "+8613800138001", "1992-11-02", "LS0002", "seed"),
    RegisterMember("赵敏 Zhao Min", "+8613800138002", "1978-07-21", "LS0003", "seed", "gold"),
    RegisterMember("孙丽 Sun Li", "+8613800138003", "2000-02-29", "LS0004", "seed"),
    RegisterMember("Emma Brown", "+8613800138004", "1989-12-31", "LS0005", "seed"),
)

UNITS: Final = (UnitEntry("EA", "件 each", 0), UnitEntry("KG", "千克 kilogram", 3))

CATEGORIES: Final = (
    CategoryEntry("FRESH", "生鲜 Fresh"),
    CategoryEntry("FRUIT", "水果 Fruit", "FRESH"),
    CategoryEntry("VEGETABLES", "蔬菜 Vegetables", "FRESH"),
    CategoryEntry("MEAT", "肉类 Meat", "FRESH"),
    CategoryEntry("GROCERY", "食品 Grocery"),
    CategoryEntry("DRINKS", "饮料 Drinks", "GROCERY"),
    CategoryEntry("HOUSEHOLD", "日用 Household"),
    CategoryEntry("FASHION", "服饰 Fashion"),
    CategoryEntry("RESTAURANT", "餐饮 Restaurant"),
)

TAXES: Final = (
    TaxEntry("VAT13", "增值税 13 % VAT", "standard", 130_000),
    TaxEntry("VAT9", "增值税 9 % VAT", "reduced", 90_000),
    TaxEntry("VAT6", "增值税 6 % VAT", "services", 60_000),
)

PRICE_LISTS: Final = (
    PriceListEntry(RETAIL_LIST, "零售价 Retail", CURRENCY, includes_tax=True),
    PriceListEntry(GOLD_LIST, "金卡会员价 Gold members", CURRENCY, includes_tax=True, priority=10, tier="gold"),
)


class Good(NamedTuple):
    """A product with its price; `weighed` is its code on the scale, `gold_minor` what a gold member pays instead."""

    sku: str
    name: str
    category: str
    tax: str
    price_minor: int
    gold_minor: int = 0
    weighed: str = ""
    by_price: bool = False


GOODS: Final = (
    Good("F001", "红富士苹果 Fuji apples", "FRUIT", "reduced", 1198, 1098, "00101"),
    Good("F002", "香蕉 Bananas", "FRUIT", "reduced", 698, 0, "00102"),
    Good("F003", "新疆哈密瓜 Hami melon", "FRUIT", "reduced", 598, 0, "00103"),
    Good("F004", "葡萄 Grapes", "FRUIT", "reduced", 1980, 1780, "00104"),
    Good("F005", "西红柿 Tomatoes", "VEGETABLES", "reduced", 798, 0, "00105"),
    Good("F006", "大白菜 Napa cabbage", "VEGETABLES", "reduced", 298, 0, "00106"),
    Good("F007", "土豆 Potatoes", "VEGETABLES", "reduced", 358, 0, "00107"),
    Good("F008", "五花肉 Pork belly", "MEAT", "reduced", 3980, 3680, "00108"),
    Good("F009", "羊腿 Leg of lamb", "MEAT", "reduced", 7900, 7500, "00109"),
    Good("F010", "卤牛肉 Braised beef", "MEAT", "standard", 9800, 0, "00201", by_price=True),
    Good("F011", "鲜鸡蛋 10 枚 Eggs, 10", "FRESH", "reduced", 1390),
    Good("G001", "东北大米 5 千克 Rice 5 kg", "GROCERY", "reduced", 4990, 4590),
    Good("G002", "菜籽油 5 升 Rapeseed oil 5 l", "GROCERY", "reduced", 7490, 6990),
    Good("G003", "生抽 500 毫升 Light soy sauce", "GROCERY", "standard", 1290),
    Good("G004", "香醋 500 毫升 Chinkiang vinegar", "GROCERY", "standard", 980),
    Good("G005", "挂面 1 千克 Dried noodles", "GROCERY", "reduced", 890),
    Good("G006", "方便面 5 包 Instant noodles, 5", "GROCERY", "standard", 1450),
    Good("G007", "饼干 400 克 Biscuits", "GROCERY", "standard", 1280),
    Good("G008", "黑巧克力 100 克 Dark chocolate", "GROCERY", "standard", 1990, 1790),
    Good("G009", "纯牛奶 1 升 Milk 1 l", "GROCERY", "reduced", 1150),
    Good("D001", "矿泉水 550 毫升 Mineral water", "DRINKS", "standard", 200),
    Good("TEA-250", "龙井茶 250 克 Longjing tea", "DRINKS", "standard", 4800, 4300),
    Good("D003", "豆奶 250 毫升 Soy milk", "DRINKS", "standard", 350),
    Good("D004", "橙汁 1 升 Orange juice", "DRINKS", "standard", 1680),
    Good("H001", "抽纸 3 包 Tissues, 3", "HOUSEHOLD", "standard", 1490, 1390),
    Good("H002", "洗衣液 2 千克 Laundry liquid", "HOUSEHOLD", "standard", 3990),
    Good("H003", "牙膏 120 克 Toothpaste", "HOUSEHOLD", "standard", 1590),
    Good("H004", "垃圾袋 50 只 Bin bags, 50", "HOUSEHOLD", "standard", 990),
    Good("A001", "纯棉 T 恤 白 M Cotton T-shirt white M", "FASHION", "standard", 9900, 8900),
    Good("A002", "纯棉 T 恤 白 L Cotton T-shirt white L", "FASHION", "standard", 9900, 8900),
    Good("A003", "牛仔裤 30 Jeans 30", "FASHION", "standard", 25900, 22900),
    Good("A004", "羊绒围巾 Cashmere scarf", "FASHION", "standard", 39900, 35900),
    Good("A005", "运动袜 3 双 Sports socks, 3 pairs", "FASHION", "standard", 3900),
    Good("A006", "羽绒服 L Down jacket L", "FASHION", "standard", 89900, 79900),
    Good("R001", "牛肉面 Beef noodle soup", "RESTAURANT", "services", 2800, 2600),
    Good("R002", "大盘鸡 Big-plate chicken", "RESTAURANT", "services", 8800, 7900),
    Good("R003", "小笼包 8 只 Soup dumplings, 8", "RESTAURANT", "services", 2200),
    Good("R004", "麻婆豆腐 Mapo tofu", "RESTAURANT", "services", 2600),
    Good("R005", "米饭 Steamed rice", "RESTAURANT", "services", 300),
    Good("R006", "酸梅汤 Sour plum drink", "RESTAURANT", "services", 900),
)


def products() -> tuple[ProductEntry, ...]:
    """The goods as products: what is weighed has a scale code, all else an EAN-13; dishes are made, not stocked."""
    return tuple(
        ProductEntry(
            sku=good.sku,
            name=good.name,
            category_code=good.category,
            unit_code="KG" if good.weighed else "EA",
            tax_category=good.tax,
            barcodes=() if good.weighed else (ean_13(number),),
            weighed_item_code=good.weighed,
            weighed_by_price=good.by_price,
            unstocked=good.category == "RESTAURANT",
        )
        for number, good in enumerate(GOODS, start=1)
    )


def retail_prices() -> tuple[PriceEntry, ...]:
    """What everybody pays."""
    return tuple(PriceEntry(good.sku, good.price_minor) for good in GOODS)


def gold_prices() -> tuple[PriceEntry, ...]:
    """What gold members pay, where that is less."""
    return tuple(PriceEntry(good.sku, good.gold_minor) for good in GOODS if good.gold_minor)


def ean_13(number: int) -> str:
    """An EAN-13 of the Chinese number range with a valid check digit."""
    digits = f"69000000{number:04d}"
    return digits + check_digit(digits)
