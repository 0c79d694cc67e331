"""PINs for tests that are about something else: a real digest takes 20 ms."""


class PlainPins:
    """Digests that cost nothing; `tried` holds the digest of every PIN that was tried, None for nobody's."""

    def __init__(self) -> None:
        self.tried: list[str | None] = []

    def hash(self, pin: bytes) -> str:
        return f"hash of {pin.hex()}"

    def matches(self, pin: bytes, pin_hash: str | None) -> bool:
        self.tried.append(pin_hash)
        return pin_hash == self.hash(pin)
