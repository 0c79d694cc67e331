"""Built-in roles of a chain follow those of the program: after every migration, in its transaction."""

from dataclasses import asdict
from typing import Final

from sqlalchemy import Connection, bindparam, select, update

from adapters.sql.tables.identity import roles
from domain.identity.limits import Limit
from domain.identity.organisation import Role
from domain.identity.permissions import renewed

_ROLES: Final = select(roles).order_by(roles.c.role_id).with_for_update()
_RENEW: Final = update(roles).where(roles.c.role_id == bindparam("this_role_id"))


def renew_builtin_roles(connection: Connection) -> None:
    """Brings the roles that nobody has changed to what this version of the program defines; others stay as they are."""
    for row in connection.execute(_ROLES).all():
        limits = tuple([Limit(**limit) for limit in row.limits])
        role = Role(row.role_id, row.code, row.name, frozenset(row.permissions), limits, row.builtin)
        if (new := renewed(role)) != role:
            connection.execute(
                _RENEW.values(
                    name=new.name,
                    permissions=sorted(new.permissions),
                    limits=[asdict(limit) for limit in new.limits],
                    builtin=new.builtin,
                ),
                {"this_role_id": role.role_id},
            )
