"""Personal data as screens show it to those who need not see it whole."""


def masked_name(name: str) -> str:
    """The first character, the rest as one or more asterisks whatever its length."""
    return f"{name[0]}**" if name else ""


def masked_phone(phone: str) -> str:
    """The first three and the last four digits of an E.164 number, its country code left out where it is China's.

    "+8613800138000" becomes "138****8000". A mask is for screens; it does not make anybody anonymous.
    """
    national = phone.removeprefix("+86").removeprefix("+")
    return f"{national[:3]}****{national[-4:]}" if national else ""
