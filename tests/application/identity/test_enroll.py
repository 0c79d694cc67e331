import threading

import pytest

from adapters.sql.tables import identity
from application.identity.authenticate import (
    CertificateRequired,
    CredentialRefused,
    Credentials,
    authenticate,
)
from application.identity.callers import CreateTerminal, create_terminal
from application.identity.enroll import Enroll, EnrolmentRefused, enroll
from application.identity.views import CallerView
from domain.identity.enrolment import secret_digest
from domain.identity.organisation import CallerKind, CallerStatus, DeviceType, ScopeKind, stranger
from domain.shared.errors import Refusal
from tests.application.identity.shop import CERTIFICATE

OTHER = bytes(32)


@pytest.fixture
def code(shop):
    return shop.write(create_terminal, CreateTerminal("T1", "S1", "terminal")).enrolment_code


def test_gives_the_credential_for_the_code(shop, code):
    before = shop.version()
    enrolled = shop.write(enroll, Enroll(code), stranger())
    assert enrolled.caller == CallerView(
        "T1", CallerKind.TERMINAL, "terminal", "S1", ScopeKind.STORE, "S1", CallerStatus.ACTIVE, DeviceType.FIXED
    )
    assert shop.read(authenticate, Credentials(enrolled.credential), stranger()).code == "T1"
    # Whether a caller has enrolled is no fact of the chain that others keep in memory.
    assert shop.version() == before


def test_only_digests_of_secrets_are_stored(shop, code):
    enrolled = shop.write(enroll, Enroll(code), stranger())
    assert shop.row(identity.callers, "T1").credential_digest == secret_digest(enrolled.credential)
    assert enrolled.credential not in str(shop.stored())
    assert code not in str(shop.stored())
    assert enrolled.credential not in repr(enrolled)
    assert code not in repr(Enroll(code))
    assert enrolled.credential not in repr(Credentials(enrolled.credential, "session"))


@pytest.mark.parametrize("wrong", ["", "secret 2", "secret 1 ", "x" * 10_000, "秘密"])
def test_refuses_an_unknown_code(shop, code, wrong):
    assert shop.refuses(EnrolmentRefused, enroll, Enroll(wrong), stranger()).field == "enrolment_code"


def test_refuses_a_used_code(shop, code):
    credential = shop.write(enroll, Enroll(code), stranger()).credential
    shop.refuses(EnrolmentRefused, enroll, Enroll(code), stranger())
    assert shop.read(authenticate, Credentials(credential), stranger()).code == "T1"


def test_a_code_works_for_24_hours(shop, code):
    shop.later(hours=23, minutes=59, seconds=59)
    assert shop.write(enroll, Enroll(code), stranger()).caller.status is CallerStatus.ACTIVE


def test_refuses_a_code_of_24_hours_ago(shop, code):
    shop.later(hours=24)
    shop.refuses(EnrolmentRefused, enroll, Enroll(code), stranger())


def test_of_two_attempts_side_by_side_one_succeeds(shop, code):
    together = threading.Barrier(2)
    outcomes: list[object] = []

    def attempt():
        together.wait()
        try:
            outcomes.append(shop.write(enroll, Enroll(code), stranger()).credential)
        except Refusal as refusal:
            outcomes.append(type(refusal))

    threads = [threading.Thread(target=attempt) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (credential,) = [outcome for outcome in outcomes if isinstance(outcome, str)]
    assert [outcome for outcome in outcomes if outcome != credential] == [EnrolmentRefused]
    assert shop.row(identity.callers, "T1").credential_digest == secret_digest(credential)


def test_over_mutual_tls_the_credential_works_with_that_certificate_only(shop, code):
    enrolled = shop.write(enroll, Enroll(code), stranger(certificate_digest=CERTIFICATE))
    bound = shop.read(authenticate, Credentials(enrolled.credential, certificate_digest=CERTIFICATE), stranger())
    assert (bound.code, bound.certificate_digest) == ("T1", CERTIFICATE)
    for certificate in (b"", OTHER):
        with pytest.raises(CertificateRequired):
            shop.read(authenticate, Credentials(enrolled.credential, certificate_digest=certificate), stranger())


def test_without_a_certificate_the_credential_works_over_any_connection(shop, code):
    enrolled = shop.write(enroll, Enroll(code), stranger())
    for certificate in (b"", OTHER):
        caller = shop.read(authenticate, Credentials(enrolled.credential, certificate_digest=certificate), stranger())
        assert caller.code == "T1"


def test_a_code_is_no_credential(shop, code):
    with pytest.raises(CredentialRefused):
        shop.read(authenticate, Credentials(code), stranger())
