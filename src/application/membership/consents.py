"""Members give and withdraw consent, purpose by purpose; nothing is consented to by itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from application.fields import at_most, named_once, optional_code, optional_name, required_code
from application.membership.queries import found_id
from application.paging import next_token, page
from application.ports.kernel import UnitOfWork
from application.scope import who
from domain.membership.consent import ConsentEntry, needs_guardian
from domain.shared.errors import Invalid, Rejected

CONSENTS_MAX: Final = 20


class UnknownPurpose(Invalid):
    en = "“{purpose}” is no purpose that members are asked about. Send one of: {known}."
    zh = "“{purpose}”不是可征求同意的用途。可用：{known}。"


class TextOutdated(Rejected):
    en = "The text for “{purpose}” in force is version {text_version}. Show that one, and send its version."
    zh = "“{purpose}”现行告知文本为第 {text_version} 版，请展示该版本并发送其版本号。"


class GuardianNeeded(Rejected):
    en = "The member is younger than 14: a parent or guardian has to consent. Send by_guardian if one did."
    zh = "该会员未满 14 周岁，须由父母或其他监护人同意。监护人已同意时请发送 by_guardian。"


@dataclass(frozen=True, slots=True)
class GivenConsent:
    """What a person agrees to while they register."""

    purpose: str
    text_version: int
    evidence: str = ""
    by_guardian: bool = False


@dataclass(frozen=True, slots=True)
class RecordConsent:
    """`given` or withdrawn; a withdrawal needs no version. `evidence` holds no personal data."""

    member_key: str
    purpose: str
    given: bool = False
    text_version: int = 0
    channel: str = ""
    evidence: str = ""
    by_guardian: bool = False


@dataclass(frozen=True, slots=True)
class ConsentView:
    """`by` is the code of staff, terminal or service; with `by_member` the service through which the member decided."""

    purpose: str
    given: bool
    text_version: int
    channel: str
    evidence: str
    by_guardian: bool
    by_member: bool
    decided_at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class ConsentRecorded:
    """Whether it was different before."""

    changed: bool


@dataclass(frozen=True, slots=True)
class ListConsents:
    member_key: str
    page_size: int = 0
    page_token: str = ""


@dataclass(frozen=True, slots=True)
class ConsentState:
    """What holds for a purpose. `text_version` is the version in force, 0 where nobody is asked any more.

    `given_version` is what the member agreed to, 0 where they did not, and `decided_at` is None where they never said.
    """

    purpose: str
    given: bool
    text_version: int
    given_version: int
    decided_at: datetime | None


@dataclass(frozen=True, slots=True)
class ConsentPage:
    """Every purpose as it stands, and a page of what was decided, the newest first."""

    current: Sequence[ConsentState]
    entries: Sequence[ConsentView]
    next_page_token: str


def record_consent(uow: UnitOfWork, command: RecordConsent) -> ConsentRecorded:
    """Notes that a member gives or withdraws consent for a purpose; what was decided before stays in the ledger.

    Saying again what holds, for the same version, changes nothing. Raises UnknownMember, UnknownPurpose, TextOutdated
    and GuardianNeeded.
    """
    purpose = required_code(command.purpose, field="purpose")
    channel = optional_code(command.channel, field="channel")
    evidence = optional_name(command.evidence, field="evidence")
    uow.refresh()
    member_id = found_id(uow, command.member_key)
    # Locked before it is compared: two who decide about the same member decide one after the other.
    member = uow.members.locked(member_id).member
    last = uow.consents.current([member_id]).get((member_id, purpose))
    if command.given:
        _check(uow, GivenConsent(purpose, command.text_version, evidence, command.by_guardian), member.birthday, "")
    elif last is None:
        _version_in_force(uow, purpose, "purpose")
    version = command.text_version if command.given else 0
    if last is not None and (last.given, last.text_version) == (command.given, version):
        return ConsentRecorded(changed=False)
    # A no of who was never asked is kept too: it wins when files are merged.
    decided = GivenConsent(purpose, version, evidence, command.by_guardian)
    number = last.number + 1 if last else 1
    uow.consents.record([_entry(uow, member_id, decided, number, channel, given=command.given)])
    return ConsentRecorded(changed=True)


def record_given(
    uow: UnitOfWork, member_id: int, birthday: str, consents: Sequence[GivenConsent], *, channel: str, prefix: str = ""
) -> None:
    """Notes what a person agrees to while they register or are linked; raises as `record_consent`, and NamedTwice."""
    if not consents:
        return
    at_most(consents, CONSENTS_MAX, field=f"{prefix}consents")
    named_once([one.purpose for one in consents], field=f"{prefix}consents", key="purpose")
    uow.refresh()
    last = uow.consents.current([member_id])
    entries = []
    for index, one in enumerate(consents):
        _check(uow, one, birthday, f"{prefix}consents[{index}].")
        before = last.get((member_id, one.purpose))
        if before is None or (before.given, before.text_version) != (True, one.text_version):
            number = before.number + 1 if before else 1
            entries.append(_entry(uow, member_id, one, number, channel, given=True))
    if entries:
        uow.consents.record(entries)


def list_consents(uow: UnitOfWork, query: ListConsents) -> ConsentPage:
    """What a member consents to, and how it came about; raises UnknownMember."""
    asked = page(query.page_size, query.page_token, key=(datetime, str, int))
    uow.refresh()
    member_id = found_id(uow, query.member_key)
    after = (asked.after[0], asked.after[1], asked.after[2]) if asked.after else None
    rows = uow.consents.history(member_id, after=after, limit=asked.limit + 1)
    token = next_token(rows, asked.limit, lambda row: (row.decided_at, row.purpose, row.number))
    return ConsentPage(_states(uow, member_id), [_view(uow, row) for row in rows[: asked.limit]], token)


def purposes_in_force(uow: UnitOfWork) -> Mapping[str, int]:
    """The purposes that members are asked about, each with the version of its text, of the whole chain."""
    return dict(uow.chain.chain_policies.consent_purposes)


def _check(uow: UnitOfWork, given: GivenConsent, birthday: str, prefix: str) -> None:
    """Raises UnknownPurpose, TextOutdated, GuardianNeeded and the refusals of the fields."""
    version = _version_in_force(uow, required_code(given.purpose, field=f"{prefix}purpose"), f"{prefix}purpose")
    optional_name(given.evidence, field=f"{prefix}evidence")
    if given.text_version != version:
        raise TextOutdated(f"{prefix}text_version", purpose=given.purpose, text_version=version)
    if not given.by_guardian and needs_guardian(birthday=birthday, today=uow.now.date()):
        raise GuardianNeeded(f"{prefix}by_guardian")


def _version_in_force(uow: UnitOfWork, purpose: str, field: str) -> int:
    known = purposes_in_force(uow)
    if purpose not in known:
        raise UnknownPurpose(field, purpose=purpose, known=", ".join(sorted(known)))
    return known[purpose]


def _entry(
    uow: UnitOfWork, member_id: int, consent: GivenConsent, number: int, channel: str, *, given: bool
) -> ConsentEntry:
    return ConsentEntry(
        member_id=member_id,
        purpose=consent.purpose,
        number=number,
        given=given,
        text_version=consent.text_version,
        channel=channel,
        evidence=consent.evidence,
        by_guardian=consent.by_guardian,
        by_member=bool(uow.caller.member_number),
        merge_id=0,
        caller_id=uow.caller.caller_id,
        staff_id=uow.caller.staff_id,
        decided_at=uow.now,
    )


def _states(uow: UnitOfWork, member_id: int) -> list[ConsentState]:
    in_force = purposes_in_force(uow)
    last = {purpose: entry for (_, purpose), entry in uow.consents.current([member_id]).items()}
    states = []
    for purpose in sorted(in_force.keys() | last.keys()):
        entry = last.get(purpose)
        given = entry is not None and entry.given
        states.append(
            ConsentState(
                purpose=purpose,
                given=given,
                text_version=in_force.get(purpose, 0),
                given_version=entry.text_version if entry and given else 0,
                decided_at=entry.decided_at if entry else None,
            )
        )
    return states


def _view(uow: UnitOfWork, entry: ConsentEntry) -> ConsentView:
    return ConsentView(
        purpose=entry.purpose,
        given=entry.given,
        text_version=entry.text_version,
        channel=entry.channel,
        evidence=entry.evidence,
        by_guardian=entry.by_guardian,
        by_member=entry.by_member,
        decided_at=entry.decided_at,
        by=who(uow, caller_id=entry.caller_id, staff_id=entry.staff_id),
    )
