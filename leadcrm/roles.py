"""The roles an agency begins with: bundles of permissions (Django calls them groups), given out at `migrate`.

Each permission is given to a role once, and that is written down (RoleGrant): what a superuser takes from a role, or
a role that was renamed or deleted, stays as they left it, while a table that comes with a later version opens for
those who work with its like.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from django.apps import apps
from django.contrib.auth.management import create_permissions
from django.contrib.auth.models import Group, Permission
from django.db.models import Q

from leadcrm.models import RoleGrant, User

OUR_APPS: Final = ("leadcrm", "intake", "compliance", "agents")
# Not made by us, but pages of the admin: roles, logins that were locked (deleting an attempt unlocks).
THEIR_PAGES: Final = {
    "auth": ("view_group",),
    "axes": ("view_accessattempt", "delete_accessattempt", "view_accesslog", "view_accessfailurelog"),
}
# Whole stories about persons, and acts that cannot be taken back.
FOR_COMPLIANCE: Final = frozenset(
    {"erasure", "evidencepack", "legalhold", "revocation", "optoutkey", "retentionrun"}
)
# What managers set although it stands with the rules of compliance.
SET_BY_MANAGERS: Final = frozenset({"cap", "checksetting", "review"})
# What somebody who leads a team looks up; none of it names a consumer: those are on the agents' pages, the team's only.
FOR_LEADERS: Final = frozenset(
    {
        "agent",
        "agenthours",
        "team",
        "license",
        "pool",
        "membership",
        "outcome",
        "cadencestep",
        "slastep",
        "carrier",
    }
)
LOGINS: Final = frozenset({"view_user", "add_user", "change_user"})
# Whether the work of the background goes well, and what was deleted when.
JOBS: Final = frozenset({"view_job", "view_jobrun"})
# What became of acts on many rows.
BULK: Final = frozenset({"view_bulkrun"})


@dataclass(frozen=True, slots=True)
class Held:
    """One permission there is: of which app, on which model, under which code, and whether it only lets look."""

    app: str
    model: str
    code: str

    @property
    def looks(self) -> bool:
        """True for the permission to view."""
        return self.code == f"view_{self.model}"


def _owner(held: Held) -> bool:
    return held.app in OUR_APPS or held.code in THEIR_PAGES[held.app]


def _manager(held: Held) -> bool:
    if held.app == "compliance":
        return held.model in SET_BY_MANAGERS or (
            held.model not in FOR_COMPLIANCE and (held.looks or held.code == "replay_decision")
        )
    if held.app == "leadcrm":
        return held.code in LOGINS | JOBS | BULK
    return held.app in OUR_APPS or held.code in THEIR_PAGES[held.app]


def _officer(held: Held) -> bool:
    # Reports hold figures alone, one of them of compliance.
    return (
        held.app == "compliance"
        or held.code == "read_reports"
        or (held.looks and (held.app in OUR_APPS or held.code in THEIR_PAGES[held.app]))
    )


def _leader(held: Held) -> bool:
    return held.app == "agents" and held.model in FOR_LEADERS and held.looks


# Name -> which permissions. The order is that of power.
ROLES: Final = {"Owner": _owner, "Manager": _manager, "Compliance officer": _officer, "Team lead": _leader}


def give_out_roles(**_: Any) -> None:
    """Make the roles and give them what they have not been given before. Receiver of post_migrate; safe to repeat."""
    for label in (*OUR_APPS, *THEIR_PAGES):
        create_permissions(apps.get_app_config(label), verbosity=0)
    given = set(RoleGrant.objects.values_list("role", "app", "codename"))
    known = {role for role, _, _ in given}
    permissions = _permissions()
    for role, wants in ROLES.items():
        fresh = [p for p in permissions if (role, *_name(p)) not in given and wants(_held(p))]
        group = Group.objects.filter(name=role).first()
        if group is None and role not in known:
            group = Group.objects.create(name=role)
        if fresh and group is not None:
            group.permissions.add(*fresh)
            _note(role, fresh)


def may_do_all_of(user: User, other: User) -> bool:
    """True where `user` may do all that `other` may, or could if the login were active: roles are kept while it is not.

    Whoever sets the password of a login can use it. One query, none for superusers and for oneself.
    """
    if user.is_superuser or user.pk == other.pk:
        return True
    if other.is_superuser:
        return False
    theirs = Permission.objects.filter(Q(user=other.pk) | Q(group__user=other.pk)).distinct()
    names = theirs.values_list("content_type__app_label", "codename")
    return user.has_perms([f"{app}.{codename}" for app, codename in names])


def _permissions() -> list[Permission]:
    labels = [*OUR_APPS, *THEIR_PAGES]
    rows = Permission.objects.filter(content_type__app_label__in=labels)
    return list(rows.select_related("content_type").order_by("pk"))


def _name(permission: Permission) -> tuple[str, str]:
    return permission.content_type.app_label, permission.codename


def _held(permission: Permission) -> Held:
    return Held(permission.content_type.app_label, permission.content_type.model, permission.codename)


def _note(role: str, permissions: Iterable[Permission]) -> None:
    rows = [RoleGrant(role=role, app=app, codename=code) for app, code in map(_name, permissions)]
    RoleGrant.objects.bulk_create(rows, ignore_conflicts=True)
