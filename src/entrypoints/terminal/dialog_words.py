"""What the till asks, and what stands on the reports of its shifts, in English and in Chinese."""

from typing import Final

SAID: Final = {
    "perhaps_done": (
        "Nobody knows whether it was done. Enter sends the same again, and it is done once.",
        "尚不确定是否已办理。按回车重新发送同一请求，只会办理一次。",
    ),
    "send_again": ("Enter: send again; Esc: leave it", "回车：重新发送；Esc：放弃"),
    "second_person": ("A second person: staff code", "请第二人输入工号"),
    "pin_of": ("PIN of {code}", "{code} 的密码"),
    "approved_amount": ("Amount that is approved, as the X report shows it", "批准的金额（见交班前报表）"),
    "beyond": ("{what} {amount}: a second person has to agree", "{what} {amount}：需第二人同意"),
    "manual_discount": ("Discount by hand", "手工折扣"),
    "price_override": ("Price by hand", "手工改价"),
    "price_above_list": ("Above the list price", "高于标价"),
    "below_floor": ("Below the lowest price", "低于最低限价"),
    "tax_exempt": ("Without tax", "免税"),
    "price_of": ("Price of one {goods}", "{goods} 的单价"),
    "price_bounds": ("from {low} to {high}", "{low} 至 {high}"),
    "old_enough": (
        "Sold from {age} years on. Look at the customer: Enter: old enough; n: no",
        "仅售予年满 {age} 岁的顾客，请核实：回车：已满；n：未满",
    ),
    "too_young": ("Not sold to anybody under {age}", "未满 {age} 岁，不予销售"),
    "serial_of": ("{goods}: serial number {number} of {pieces}", "{goods}：第 {number}/{pieces} 件的序列号"),
    "park_as": (
        "Park: a name for this basket, no person's; Enter: the time",
        "挂单：为此单命名（勿用人名）；回车：当前时间",
    ),
    "parked_for_store": ("Parked: any till of the store can take it up", "已挂单：本店任一收银机均可取单"),
    "parked_here": ("Parked on this till", "已挂在本机"),
    "nothing_parked": ("No basket is parked", "没有挂单"),
    "resume_which": ("Resume: number in the list", "取单：列表中的序号"),
    "of_this_till": ("(this till)", "（本机）"),
    "costs_now": ("{goods}: {before} → {now}", "{goods}：{before} → {now}"),
    "which_sale": (
        "Return: receipt number and date (today's: the number), its QR code, or the member",
        "退货：小票号和日期（当日仅需小票号）、小票二维码，或会员",
    ),
    "choose_sale": ("Which sale: its number in the list", "选择销售：列表中的序号"),
    "what_returns": (
        "What comes back: 1; 1x2 for two of line 1; several: 1 3x1; Enter: all",
        "退回：1；1x2 表示第 1 行退两件；多行：1 3x1；回车：全部",
    ),
    "how_repaid": ("Paid out as it was paid: Enter; in cash instead: c", "按原付款方式退回：回车；改退现金：c"),
    "why_returned": ("Why it comes back", "退货原因"),
    "why_by_number": ("Why it comes back: its number in the list, or in words", "退货原因：列表中的序号，或文字说明"),
    "what_of_goods": (
        "The goods: Enter: back on the shelf; 1: cannot be sold again; 2: back to the supplier",
        "商品处理：回车：重新上架；1：报损；2：退供应商",
    ),
    "returned": ("Returned. Pay out: {tenders}", "已退货。应退：{tenders}"),
    "open_float": ("Open the shift: change in the drawer, e.g. 500", "开班：钱箱中的备用金，例如 500"),
    "shift_menu": (
        "1 cash in  2 cash out  3 bank  4 drawer  5 hand over  6 X report  7 count and close",
        "1 存入现金  2 支出现金  3 送存银行  4 开钱箱  5 交接  6 交班前报表  7 清点并结班",
    ),
    "paid_in": ("Cash in", "存入现金"),
    "paid_out": ("Cash out", "支出现金"),
    "banked": ("Banked", "送存银行"),
    "how_paid_in": (
        "Cash in: 1 change from the bank, 2 other income; number, amount, note: 1 200 coins",
        "存入：1 银行换零，2 其他收入；输入 序号 金额 说明，如 1 200 硬币",
    ),
    "how_paid_out": (
        "Cash out: 1 small purchase, 2 to the bank account; number, amount, note: 1 12.50 stamps",
        "支出：1 零星采购，2 存入账户；输入 序号 金额 说明，如 1 12.50 邮票",
    ),
    "how_banked": (
        "Banked: amount and number of the deposit, e.g. 2000 DEP-77",
        "送存：金额和存款单号，如 2000 DEP-77",
    ),
    "how_drawer": ("Why the drawer is opened", "开钱箱的原因"),
    "how_hand_over": ("Hand over: note, or Enter", "交接：说明，或直接回车"),
    "recorded": ("Recorded", "已记录"),
    "pieces": ("{amount}: how many pieces? Enter: none", "{amount}：多少张（枚）？回车：无"),
    "total_of": (
        "{tender}: total of its terminal; Enter: it was not counted",
        "{tender}：终端合计金额；回车：未核对",
    ),
    "so_far": ("counted so far: {amount}", "已清点：{amount}"),
    "close_now": ("Enter: close the shift; Esc: count again later", "回车：结班；Esc：稍后再清点"),
    "is_counted": ("Cash in the drawer: {amount}", "钱箱现金：{amount}"),
    "is_open": ("Shift {number} is open", "第 {number} 班已开班"),
    "is_closed": ("Shift {number} is closed. Difference: {amount}", "第 {number} 班已结班，差额：{amount}"),
    "not_said": (
        "{count} sales are not sent yet: they are told with the count",
        "{count} 笔销售尚未上传，将随清点一并上报",
    ),
    "x_report": ("X REPORT of shift {number}", "第 {number} 班 交班前报表"),
    "z_report": ("Z REPORT no. {number}", "第 {number} 班 结班报表"),
    "till": ("Till", "收银机"),
    "opened": ("Opened", "开班"),
    "closed": ("Closed", "结班"),
    "float": ("Float", "备用金"),
    "expected_cash": ("Cash that should be there", "应有现金"),
    "tender_sales": ("Sales", "销售"),
    "tender_reversed": ("Taken back", "退回"),
    "tender_other": ("Other", "其他"),
    "tender_expected": ("Expected", "应有"),
    "tender_unsent": ("Not sent yet", "未上传"),
    "counted": ("Counted", "清点"),
    "variance": ("Difference", "差额"),
    "count_sales": ("Sales", "销售笔数"),
    "count_refunds": ("Returns", "退货笔数"),
    "count_voids": ("Voids", "作废笔数"),
    "count_others": ("Other documents", "其他单据"),
    "count_drawer_openings": ("Drawer opened", "开钱箱次数"),
    "count_discounts_by_hand": ("Discounts by hand", "手工折扣次数"),
    "missing_receipts": ("Receipts missing", "缺少的小票"),
}


def said(name: str, language: str, **values: object) -> str:
    """The words in the language."""
    return SAID[name][int(language.startswith("zh"))].format(**values)
