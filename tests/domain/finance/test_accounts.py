from domain.finance import accounts
from domain.finance.accounts import CHART, CLEARING_BY_TENDER, SET_ASIDE_ACCOUNTS, Account, AccountKind
from domain.inventory.set_aside import SetAsideStatus


def test_the_chart_holds_every_named_account_once_in_the_order_of_codes():
    named = [value for value in vars(accounts).values() if isinstance(value, Account)]
    assert sorted(CHART) == list(CHART)
    assert {account.code: account for account in named} == dict(CHART)
    assert len(named) == len(CHART) == 43


def test_codes_say_what_kind_of_account_it_is():
    kinds = {"1": {AccountKind.ASSET}, "2": {AccountKind.LIABILITY}, "6": {AccountKind.REVENUE, AccountKind.EXPENSE}}
    assert [account for account in CHART.values() if account.kind not in kinds[account.code[0]]] == []


def test_names_are_unique_in_both_languages():
    assert len({account.name_en for account in CHART.values()}) == len(CHART)
    assert len({account.name_zh for account in CHART.values()}) == len(CHART)


def test_every_tender_that_is_money_has_a_clearing_account():
    assert {tender: account.code for tender, account in CLEARING_BY_TENDER.items()} == {
        "cash": "1001",
        "card": "101201",
        "wallet": "101202",
        "manufacturer_coupon": "122101",
        "bank_transfer": "101203",
        "on_account": "112201",
        "deposit": "220507",
        "voucher": "122104",
        "exchange": "122105",
    }


def test_every_status_of_goods_that_are_worth_something_has_an_account():
    assert set(SET_ASIDE_ACCOUNTS) == set(SetAsideStatus) - {SetAsideStatus.CONSIGNMENT}
