from domain.identity.enrolment import secret_digest


def test_a_secret_is_known_by_its_sha_256():
    # FIPS 180-2, appendix B.1
    assert secret_digest("abc").hex() == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
