"""Settings: named policies for the chain, a region or a store."""

from dataclasses import dataclass
from typing import Final

from application.fields import optional_name, required_code
from application.identity.bounds import managed_scopes
from application.identity.views import SettingChange, SettingView
from application.known_settings import SETTINGS
from application.policies import checked_setting
from application.ports.kernel import UnitOfWork
from domain.identity.organisation import ScopeKind
from domain.shared.errors import Rejected

OVERRIDES_MAX: Final = 5_000
"""All settings fit one answer of ListSettings."""


class TooManyOverrides(Rejected):
    en = "A chain keeps at most {overrides_max} settings for regions and stores. Set what is common for the chain."
    zh = "区域和门店的设置最多 {overrides_max} 项。请将共同的设置放在整个连锁。"


@dataclass(frozen=True, slots=True)
class PutSetting:
    """`value` is empty to remove what was set for this scope."""

    name: str
    scope_kind: ScopeKind
    scope_code: str
    value: str


@dataclass(frozen=True, slots=True)
class SettingPut:
    """What now holds in the scope that was asked for, be it set there, around it, or nowhere."""

    setting: SettingView


def put_setting(uow: UnitOfWork, command: PutSetting) -> SettingPut:
    """Sets a policy for a scope within the caller's own, or removes what was set there."""
    name = required_code(command.name, field="name")
    value = optional_name(command.value, field="value")
    checked_setting(name, value or SETTINGS[name].default if name in SETTINGS else value)
    uow.bump("chain")
    scopes = managed_scopes(uow, scope_kind=command.scope_kind, scope_code=command.scope_code)
    overrides = dict(uow.identity.overrides(name))
    before = overrides.get(scopes[0], "")
    if value != before:
        change_id, *_ = uow.new_ids(1)
        uow.identity.record_setting_change(
            SettingChange(change_id, name, scopes[0], before, value, uow.now, uow.caller.caller_id, uow.caller.staff_id)
        )
    if not value:
        uow.identity.remove_override(name, scopes[0])
        overrides.pop(scopes[0], None)
    else:
        if scopes[0] not in overrides and uow.identity.count_overrides() >= OVERRIDES_MAX:
            raise TooManyOverrides("name", overrides_max=OVERRIDES_MAX)
        uow.identity.put_override(name, scopes[0], value)
        overrides[scopes[0]] = value
    in_force = next((overrides[scope] for scope in scopes if scope in overrides), None)
    return SettingPut(
        SettingView(
            name=name,
            scope_kind=command.scope_kind,
            scope_code=command.scope_code,
            value=SETTINGS[name].default if in_force is None else in_force,
            is_default=in_force is None,
            description=described(name),
        )
    )


def described(name: str) -> str:
    """What a setting decides, and which values it takes."""
    setting = SETTINGS[name]
    return f"{setting.description} Values: {setting.allowed}."
