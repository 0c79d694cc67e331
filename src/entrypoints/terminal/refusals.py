"""Why the till itself says no, without asking the server."""

from domain.shared.errors import Invalid, NotFound, Rejected


class NoSuchLine(Invalid):
    en = "There is no line {number} in the basket. Look at the list."
    zh = "购物篮中没有第 {number} 行，请查看列表。"


class TenderNotTakenHere(Invalid):
    en = "This till takes no {kind}. Choose another tender."
    zh = "本收银机不支持付款方式 {kind}，请选择其他方式。"


class OnlyWithConnection(Rejected):
    en = "Points, gift cards and coupons need the connection, which is lost. Take them out, or wait until it is back."
    zh = "积分、礼品卡和优惠券需要联网，目前网络中断。请移除它们，或等待网络恢复。"


class MemberNotKnownHere(NotFound):
    en = "There is no connection, and this till has not met this member lately. Sell without; keep the receipt."
    zh = "网络中断，且本机近期未接待过该会员。请先不带会员销售，并请顾客保留小票。"


class SaleNotSettled(Rejected):
    en = "A sale was sent and not answered, and it cannot be finished without connection. Wait until the line is back."
    zh = "有一笔销售已发送但未收到答复，离线无法完成。请等待网络恢复。"
