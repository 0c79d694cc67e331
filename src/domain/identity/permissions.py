"""What there is to be permitted, the roles that every chain starts with, and who may grant what."""

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, replace
from typing import Final

from domain.identity.limits import EVERYTHING, LIMITED, Limit
from domain.identity.organisation import Role
from domain.shared.errors import Forbidden, Invalid

PERMISSIONS: Final[Mapping[str, str]] = {
    "identity.manage": "Regions, stores, terminals, services, staff, roles and settings, within one's own scope.",
    "identity.read": "Reading all of these.",
    "catalog.manage": "Products, categories, barcodes and units of measure.",
    "catalog.read": "Reading all of these.",
    "pricing.manage": "Price lists, prices, taxes, templates, and promotions put in force at once.",
    "pricing.draft": "Writing drafts of promotions and submitting them.",
    "pricing.review": "Reviewing drafts of promotions.",
    "pricing.publish": "Publishing reviewed promotions, pausing, resuming and ending them.",
    "pricing.read": "Reading all of these.",
    "pricing.figures": "What promotions and campaigns have cost, and what slow sellers cost and what to do with them.",
    "coupons.manage": "Coupon batches: issuing and voiding coupons.",
    "coupons.read": "Reading batches and coupons; codes are masked.",
    "coupons.codes": "Seeing the whole codes of coupons.",
    "coupons.claim": "Claiming coupons for a member, and handing them on.",
    "coupons.redeem": "Holding coupons, and redeeming them outside a sale of this server.",
    "membership.register": "Registering members, giving them cards, and correcting what is known of them.",
    "membership.link": "Registering for an online channel, and linking it to the member who has the phone.",
    "membership.read": "Finding members; personal data is masked.",
    "membership.personal": "Seeing the personal data of members.",
    "membership.self_service": "Giving members tokens by which they read their own data.",
    "membership.merge": "Merging members and undoing it, finding duplicates, and approving merges for others.",
    "membership.consent": "Recording what members consent to.",
    "membership.export": "Copies of everything that is held about a member.",
    "membership.erase": "Erasing members for ever, in the whole chain.",
    "membership.segment": "Putting members into segments.",
    "membership.attributes": "Defining attributes of members.",
    "tiers.manage": "The tier programme: which tiers there are and what they take.",
    "tiers.change": "Giving a member a tier by hand.",
    "benefits.use": "Using the benefits of members' tiers.",
    "loyalty.read": "Points balances and statements.",
    "loyalty.hold": "Holding points of members, and capturing or releasing them.",
    "loyalty.pools": "Pools of points: taking members in, whose owners consent, letting them out, handing points on.",
    "loyalty.expire": "Taking expired points out of members' balances, in the whole chain.",
    "orders.place": "Taking customers' orders.",
    "orders.pay": "Taking deposits for orders.",
    "orders.fulfil": "Noting the steps of orders, and handing the goods over.",
    "orders.cancel": "Cancelling orders, which pays deposits out.",
    "orders.read": "Reading orders.",
    "credit.limit": "Setting how much members may owe.",
    "credit.receive": "Taking payments on members' accounts.",
    "credit.read": "What members owe, and their statements.",
    "wallet.top_up": "Topping up stored value.",
    "wallet.bonus": "Naming the bonus of a top-up.",
    "wallet.freeze": "Freezing and unfreezing stored value.",
    "wallet.transfer": "Handing stored value on to another member.",
    "wallet.close": "Paying stored value out.",
    "wallet.read": "Stored value and its statements.",
    "gift_cards.issue": "Issuing gift cards, whose codes and PINs are shown once.",
    "gift_cards.sell": "Selling gift cards, and opening them with their PINs to pay.",
    "gift_cards.block": "Blocking and unblocking gift cards.",
    "gift_cards.read": "Gift cards and their statements; codes are masked.",
    "times_cards.use": "Using times cards of members.",
    "loyalty.adjust": "Giving and taking points by hand, and approving it for others.",
    "draws.manage": "Lucky draws: writing and publishing them.",
    "draws.read": "Reading draws and their plays, and verifying those that are over.",
    "draws.audit": "Verifying draws that still go on.",
    "draws.grant": "Giving members tickets of draws by hand.",
    "draws.play": "Claiming tickets of draws for members, and playing them.",
    "activities.manage": "Activities that earn points.",
    "activities.read": "Reading these.",
    "activities.record": "Recording that members did them, which gives the points.",
    "rewards.manage": "Rewards for points.",
    "rewards.read": "Reading these.",
    "rewards.redeem": "Redeeming members' points for rewards.",
    "rewards.cancel": "Cancelling what was redeemed that day.",
    "events.manage": "Announcing and changing experience events.",
    "events.read": "Reading experience events.",
    "events.book": "Booking and giving back seats of events for members, and checking them in.",
    "care.open": "Taking complaints of customers.",
    "care.plan": "Plans by which members are followed up, in the whole chain.",
    "care.handle": "Reading service cases and follow-ups, answering, claiming and closing them.",
    "inventory.receive": "Receiving goods.",
    "inventory.receipts": "Adding freight, duty and the like to receipts afterwards, and correcting receipts.",
    "inventory.costing": "How stock is valued: methods, standard costs, and which goods are told apart by lot.",
    "counts.enter": "Counting stock: entering what was found, and what is to be counted.",
    "counts.read": "Reading what should be there in a blind count.",
    "counts.manage": "Opening and closing counts, which posts their differences.",
    "inventory.assemble": "Making goods out of others by their recipe, and taking them apart.",
    "inventory.read": "Stock levels and movements.",
    "shipping.ship": "Sending orders and transfers with carriers, printing waybills, and cancelling what is not sent.",
    "shipping.track": "Recording what carriers tell of shipments.",
    "shipping.read": "Reading shipments and how carriers keep their promises; who takes a parcel is masked.",
    "shipping.personal": "Seeing who takes a parcel, and where.",
    "inventory.alerts": "Noting that alerts of goods that run low have been seen.",
    "inventory.reserve": "Keeping stock for an outside reference for some minutes, and freeing it.",
    "transfers.request": "Asking for goods of other stores, proposing transfers, and cancelling them.",
    "transfers.approve": "Approving and refusing transfers between stores that are all one's own.",
    "transfers.ship": "Shipping goods of transfers out of one's own stores.",
    "transfers.receive": "Receiving goods of transfers in one's own stores, and writing off what is missing.",
    "inventory.adjust": "Adjusting stock, writing it off and setting it aside, within the settings, and reading that.",
    "inventory.adjust_beyond": "Approving adjustments of stock beyond the settings.",
    "inventory.find": "Looking up which stores of the whole chain have goods, as quantities only.",
    "suppliers.manage": "Suppliers, their terms and contacts, what they deliver and at what price, in the whole chain.",
    "supplier_access.read": "Of a supplier: the own orders, and the stock of what the supplier delivers.",
    "supplier_access.answer": "Of a supplier: confirming the own orders, and announcing deliveries.",
    "replenishment.rules": "The rules by which stores are replenished.",
    "replenishment.propose": "Proposals of what to bring where, and the classes of goods that they go by.",
    "replenishment.accept": "Making transfers and purchase orders of a proposal.",
    "replenishment.read": "Reading rules, classes and proposals.",
    "purchasing.order": "Writing, sending, changing and ending purchase orders, and noting what suppliers confirm.",
    "purchasing.approve": "Approving purchase orders that somebody else has written.",
    "purchasing.receive": "Receiving goods for purchase orders.",
    "purchasing.read": "Reading purchase orders.",
    "suppliers.read": "Reading all of these but the contacts.",
    "shifts.work": "Opening and closing the shift of a till, and moving cash in it, within the settings.",
    "shifts.read": "Shifts and day closes, with what should be in the drawer before it is counted.",
    "shifts.beyond": "Approving cash that is moved, and differences at closing, beyond the settings.",
    "shifts.close_day": "Closing the day of a store, and the shift of a till that nobody can close any more.",
    "sales.quote": "Pricing a basket.",
    "sales.checkout": "Selling.",
    "sales.upload": "Uploading sales made without connection.",
    "sales.park": "Putting baskets aside, taking them up and splitting them.",
    "sales.refund": "Taking goods back for money.",
    "sales.void": "Voiding a sale of the same terminal within the setting void_window.",
    "sales.refund_elsewhere": "Taking back what another store has sold, and finding such sales.",
    "sales.refund_beyond": "Refunds above or after the limits that settings give, and approving them for others.",
    "sales.refund_without_receipt": "Approving for others that goods come back without a receipt.",
    "sales.return_reasons": "The reasons for returns that the chain keeps.",
    "sales.refund_in_cash": "Paying out in cash what had been paid by card or wallet, and approving it for others.",
    "sales.read": "Reading sales and takings.",
    "sales.print": "Printing receipts and their copies, and sending them by e-mail.",
    "sales.manual_discount": "Discounts given by hand.",
    "sales.price_override": "Naming the price of a line, up to the list price.",
    "sales.price_above_list": "Naming a price above the list price.",
    "sales.below_floor": "Selling below the lowest price allowed.",
    "sales.tax_exempt": "Selling without taxes to buyers who show a certificate.",
    "sales.own_purchase": "Approving what members of staff sell to themselves.",
    "sales.terminal_pricing": "Sales whose amounts the terminal states.",
    "finance.read": "Journal, trial balance, and settlements between stores.",
    "finance.settle": "Settling between stores, in the whole chain.",
}
"""Every permission with what it lets its holder do. A role holds names of this list, or "*"."""

OF_SUPPLIERS: Final = frozenset({"supplier_access.read", "supplier_access.answer"})
"""What an account of a supplier may be permitted at most, whatever its role says."""

PERMISSIONS_PER_ROLE_MAX: Final = 200


class UnknownPermission(Invalid):
    en = "There is no permission “{permission}”. Known: {known}, or “*” for all of them."
    zh = "没有权限“{permission}”。可用：{known}，或用“*”表示全部。"


class TooManyPermissions(Invalid):
    en = "A role holds at most {permissions_max} permissions; use “*” for all of them."
    zh = "一个角色最多 {permissions_max} 项权限；可用“*”表示全部。"


class BeyondOwnPermissions(Forbidden):
    en = "Role “{role_code}” permits what you may not do yourself: {beyond}. Ask somebody who holds these permissions."
    zh = "角色“{role_code}”含有您自己没有的权限：{beyond}。请由拥有这些权限的人办理。"


@dataclass(frozen=True, slots=True)
class RoleDefinition:
    """What a role is, before it has an id."""

    code: str
    name: str
    permissions: frozenset[str]
    limits: tuple[Limit, ...] = ()


CASHIER_SHARE_BP_MAX: Final = 500
"""How far a new chain's cashiers may change a price: 5 %."""


_TERMINAL: Final = frozenset(
    {
        "sales.quote",
        "sales.checkout",
        "sales.upload",
        "sales.park",
        "sales.read",
        "sales.print",
        "catalog.read",
        "pricing.read",
        "coupons.read",
        "coupons.claim",
        "coupons.redeem",
        "membership.register",
        "membership.read",
        "membership.consent",
        "benefits.use",
        "loyalty.read",
        "loyalty.hold",
        "wallet.top_up",
        "wallet.read",
        "gift_cards.sell",
        "times_cards.use",
        "credit.receive",
        "credit.read",
        "orders.place",
        "orders.pay",
        "orders.fulfil",
        "orders.read",
        "draws.read",
        "draws.play",
        "activities.read",
        "activities.record",
        "rewards.read",
        "rewards.redeem",
        "events.read",
        "events.book",
        "care.open",
        "inventory.read",
        "inventory.find",
        "inventory.reserve",
    }
)


def builtin_roles() -> tuple[RoleDefinition, ...]:
    """The roles that every chain starts with; a chain may change them and add its own.

    What is added here reaches the chains that have not changed the role: see `renewed`.
    """
    # Customers serve themselves: they pay what the chain asks, and nobody stands by who could change it.
    kiosk = {
        "sales.quote", "sales.checkout", "sales.upload", "sales.park", "catalog.read", "pricing.read",
        "membership.read", "inventory.read",
    }  # fmt: skip
    cashier = {
        "sales.manual_discount", "sales.price_override", "sales.refund", "sales.void", "membership.register",
        "shifts.work",
    }  # fmt: skip
    manager = cashier | {
        "sales.price_above_list", "sales.below_floor", "sales.refund_elsewhere", "sales.refund_in_cash",
        "sales.refund_beyond", "sales.refund_without_receipt",
        "inventory.receive", "finance.read", "identity.read",
        "transfers.request", "transfers.ship", "transfers.receive",
        "inventory.assemble", "inventory.adjust", "inventory.adjust_beyond", "inventory.alerts",
        "counts.enter", "counts.read", "counts.manage",
        "shipping.ship", "shipping.track", "shipping.read", "shipping.personal",
        "draws.grant", "events.manage", "wallet.freeze", "wallet.transfer", "wallet.close", "gift_cards.block",
        "care.handle", "rewards.cancel", "orders.cancel",
        "loyalty.pools",
        "shifts.read", "shifts.beyond", "shifts.close_day",
        "sales.tax_exempt", "sales.own_purchase",
        "suppliers.read",
    }  # fmt: skip
    return (
        RoleDefinition("admin", "Administrator", frozenset({EVERYTHING})),
        RoleDefinition("hq", "Head office", frozenset(PERMISSIONS) - {"identity.manage"}),
        RoleDefinition("terminal", "Terminal", _TERMINAL),
        RoleDefinition(
            "pricing_terminal", "Terminal that states prices", frozenset(_TERMINAL | {"sales.terminal_pricing"})
        ),
        RoleDefinition("kiosk", "Kiosk that customers use", frozenset(kiosk)),
        RoleDefinition("cashier", "Cashier", frozenset(cashier), cashier_limits()),
        RoleDefinition("manager", "Store manager", frozenset(manager)),
        RoleDefinition("supplier", "Supplier", OF_SUPPLIERS),
    )


def builtin_role(code: str) -> RoleDefinition | None:
    """The built-in role with this code."""
    return next((role for role in builtin_roles() if role.code == code), None)


def is_builtin(role: RoleDefinition | Role) -> bool:
    """Whether a role is exactly as the program defines it."""
    return builtin_role(role.code) == RoleDefinition(role.code, role.name, role.permissions, role.limits)


def renewed(role: Role) -> Role:
    """The role as this version of the program has it, where the chain has left it as an earlier version had it.

    A role that somebody has changed stays as it is. One that has come to be what the program defines follows it too.
    """
    defined = builtin_role(role.code)
    if defined is None or not (role.builtin or is_builtin(role)):
        return replace(role, builtin=False)
    return Role(role.role_id, role.code, defined.name, defined.permissions, defined.limits, builtin=True)


def cashier_limits() -> tuple[Limit, ...]:
    """Of a line as of a sale, a cashier takes off CASHIER_SHARE_BP_MAX at most."""
    share = CASHIER_SHARE_BP_MAX
    return tuple(
        [Limit(permission, line_share_bp_max=share, sale_share_bp_max=share) for permission in sorted(LIMITED)]
    )


def checked_permissions(permissions: Iterable[str], *, field: str) -> frozenset[str]:
    """The permissions as a set; raises TooManyPermissions, or UnknownPermission with the place of the wrong one."""
    listed = tuple(permissions)
    if len(listed) > PERMISSIONS_PER_ROLE_MAX:
        raise TooManyPermissions(field, permissions_max=PERMISSIONS_PER_ROLE_MAX)
    for place, permission in enumerate(listed):
        if permission not in PERMISSIONS and permission != EVERYTHING:
            raise UnknownPermission(
                f"{field}[{place}]", permission=permission[:64], known=", ".join(sorted(PERMISSIONS))
            )
    return frozenset(listed)


def check_within(granted: Set[str], held: Set[str], *, role_code: str, field: str) -> None:
    """Refuses a grant wider than the one who makes it: BeyondOwnPermissions names what is missing."""
    beyond = set() if EVERYTHING in held else granted - held
    if beyond:
        raise BeyondOwnPermissions(field, role_code=role_code, beyond=", ".join(sorted(beyond)))
