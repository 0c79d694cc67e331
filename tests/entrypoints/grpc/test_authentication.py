import asyncio
from typing import Any

import pytest

from application.identity.authenticate import CredentialMissing, CredentialRefused, Credentials
from domain.identity.organisation import Caller
from entrypoints.grpc.authentication import Callers, Presented, presented_by
from tests.entrypoints.grpc import toy


class Context:
    def __init__(self, *metadata: tuple[str, str]) -> None:
        self.metadata = metadata

    def invocation_metadata(self) -> Any:
        return self.metadata


@pytest.mark.parametrize(
    ("metadata", "presented"),
    [
        ((), Presented("", "", b"", "en")),
        ((("authorization", "Bearer abc"),), Presented("abc", "", b"", "en")),
        ((("authorization", "bearer abc"), ("x-staff-session", "s")), Presented("abc", "s", b"", "en")),
        ((("authorization", "Basic abc"),), Presented("", "", b"", "en")),
        ((("authorization", "Bearer"),), Presented("", "", b"", "en")),
        ((("accept-language", "zh-CN,zh;q=0.9"),), Presented("", "", b"", "zh")),
        ((("accept-language", "ZH"),), Presented("", "", b"", "zh")),
        ((("accept-language", "de"), ("x-certificate", "forged")), Presented("", "", b"", "en")),
    ],
)
def test_reads_what_a_call_presents(metadata: Any, presented: Presented):
    assert presented_by(Context(*metadata), mutual_tls=False) == presented


class LookUps:
    """Counts look-ups; `now` is the monotonic clock."""

    def __init__(self) -> None:
        self.asked: list[Credentials] = []
        self.now = 0.0
        self.gate = asyncio.Event()
        self.gate.set()

    def authenticate(self, credentials: Credentials) -> Caller:
        self.asked.append(credentials)
        return toy.authenticate(credentials)

    async def in_pool(self, function: Any, *arguments: Any) -> Any:
        await self.gate.wait()
        return function(*arguments)

    def callers(self, **limits: Any) -> Callers:
        return Callers(self.authenticate, self.in_pool, monotonic=lambda: self.now, **limits)


def presented(credential: str, session: str = "", digest: bytes = b"", language: str = "en") -> Presented:
    return Presented(credential, session, digest, language)


def test_a_caller_is_known_for_five_seconds():
    async def scenario() -> None:
        look_ups = LookUps()
        callers = look_ups.callers()
        assert callers.known(presented("cashier")) is None
        assert (await callers.recognised(presented("cashier"))).code == "S01-1"
        look_ups.now = 4.999
        known = callers.known(presented("cashier"))
        assert known is not None
        assert known.code == "S01-1"
        look_ups.now = 5.0
        assert callers.known(presented("cashier")) is None
        assert look_ups.asked == [Credentials("cashier")]

    asyncio.run(scenario())


def test_another_session_certificate_or_language_is_another_look_up():
    async def scenario() -> None:
        callers = LookUps().callers()
        await callers.recognised(presented("cashier", "signed-in", b"digest", "zh"))
        assert callers.known(presented("cashier", "signed-in", b"digest", "zh")) is not None
        assert callers.known(presented("cashier", "", b"digest", "zh")) is None
        assert callers.known(presented("cashier", "signed-in", b"other", "zh")) is None
        assert callers.known(presented("cashier", "signed-in", b"digest", "en")) is None

    asyncio.run(scenario())


def test_calls_that_arrive_together_share_one_look_up():
    async def scenario() -> None:
        look_ups = LookUps()
        callers = look_ups.callers()
        look_ups.gate.clear()
        waiting = [asyncio.ensure_future(callers.recognised(presented("cashier"))) for _ in range(20)]
        await asyncio.sleep(0)
        waiting[0].cancel()
        look_ups.gate.set()
        done = await asyncio.gather(*waiting, return_exceptions=True)
        assert isinstance(done[0], asyncio.CancelledError)
        assert {caller.code for caller in done[1:] if isinstance(caller, Caller)} == {"S01-1"}
        assert len(look_ups.asked) == 1

    asyncio.run(scenario())


def test_nobody_is_looked_up_without_a_credential_and_a_refusal_is_not_remembered():
    async def scenario() -> None:
        look_ups = LookUps()
        callers = look_ups.callers()
        with pytest.raises(CredentialMissing):
            await callers.recognised(presented(""))
        assert look_ups.asked == []
        for _ in range(2):
            with pytest.raises(CredentialRefused):
                await callers.recognised(presented("stranger"))
        assert len(look_ups.asked) == 2

    asyncio.run(scenario())


def test_the_number_of_known_callers_is_bounded():
    async def scenario() -> None:
        callers = LookUps().callers(entries_max=2)
        for credential in ("cashier", "second", "reader"):
            await callers.recognised(presented(credential))
        assert callers.known(presented("cashier")) is None
        assert callers.known(presented("second")) is not None
        assert callers.known(presented("reader")) is not None

    asyncio.run(scenario())
