"""Regions, stores, callers (terminals and services), staff, sessions, roles and settings."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, PrimaryKeyConstraint, Table, false

from adapters.sql.tables.columns import Bytes, Code, Document, Id, Instant, Key, Name, amount, metadata, required

regions = Table(
    "regions",
    metadata,
    Column("region_id", Id, primary_key=True, autoincrement=False),
    required("code", Code, unique=True),
    required("name", Name),
)

stores = Table(
    "stores",
    metadata,
    Column("store_id", Id, primary_key=True, autoincrement=False),
    required("code", Code, unique=True),
    required("name", Name),
    Column("region_id", Id, ForeignKey("regions.region_id"), nullable=False, index=True),
    required("currency", Code),
    required("time_zone", Code),
    required("day_cutoff_minutes", Integer),
    required("status", Code),
)

roles = Table(
    "roles",
    metadata,
    Column("role_id", Id, primary_key=True, autoincrement=False),
    required("code", Code, unique=True),
    required("name", Name),
    # JSON list of permissions.
    required("permissions", Document),
    # JSON list of the limits of some of them.
    Column("limits", Document, nullable=False, server_default="[]"),
    # Whether it is as the program defines it, so that later versions of the program renew it.
    Column("builtin", Boolean, nullable=False, server_default=false()),
)

approvals = Table(
    "approvals",
    metadata,
    Column("approval_id", Id, primary_key=True, autoincrement=False),
    # SHA-256 of a secret of 256 bits; the secret itself is stored nowhere.
    required("token_digest", Bytes, unique=True),
    required("action", Code),
    required("store_id", Id),
    required("sale_request_id", Key),
    amount("amount_minor"),
    required("reason", Name),
    # How far the approver might go then.
    required("bounds", Document),
    required("approver_id", Id),
    required("terminal_id", Id),
    Column("seller_id", Id),
    required("approved_at", Instant),
    required("expires_at", Instant),
)
Index("ix_approvals_store_id", approvals.c.store_id, approvals.c.approved_at, approvals.c.approval_id)

approval_uses = Table(
    "approval_uses",
    metadata,
    # The key is what makes an approval work once.
    Column("approval_id", Id, primary_key=True, autoincrement=False),
    required("sale_id", Id),
    required("terminal_id", Id),
    Column("seller_id", Id),
    required("used_at", Instant),
)

callers = Table(
    "callers",
    metadata,
    Column("caller_id", Id, primary_key=True, autoincrement=False),
    required("code", Code, unique=True),
    required("kind", Code),
    Column("role_id", Id, ForeignKey("roles.role_id"), nullable=False),
    Column("store_id", Id, ForeignKey("stores.store_id")),
    required("scope_kind", Code),
    # Region or store that bounds it; null for the chain.
    Column("scope_id", Id),
    required("status", Code),
    # SHA-256 of secrets of 256 bits; the secrets themselves are stored nowhere.
    Column("credential_digest", Bytes, unique=True),
    Column("enrolment_digest", Bytes, unique=True),
    Column("enrolment_expires_at", Instant),
    # SHA-256 of the client certificate that the credential is bound to.
    Column("certificate_digest", Bytes),
    required("created_at", Instant),
    # Of a terminal, and as long as it has its code: sales say what they were made on. Empty for services.
    required("device_type", Code, server_default=""),
    # Whose an account of a supplier is; null for terminals and services.
    Column("supplier_id", Id),
)

staff = Table(
    "staff",
    metadata,
    Column("staff_id", Id, primary_key=True, autoincrement=False),
    required("code", Code, unique=True),
    # Encrypted: AES-GCM.
    Column("name_cipher", Bytes),
    Column("role_id", Id, ForeignKey("roles.role_id"), nullable=False),
    required("scope_kind", Code),
    Column("scope_id", Id),
    required("active", Boolean),
    # argon2id.
    Column("pin_hash", Name),
    required("failed_attempts", Integer),
    Column("locked_until", Instant),
)

sessions = Table(
    "sessions",
    metadata,
    Column("session_digest", Bytes, primary_key=True),
    Column("caller_id", Id, ForeignKey("callers.caller_id"), nullable=False),
    Column("staff_id", Id, ForeignKey("staff.staff_id"), nullable=False),
    required("expires_at", Instant),
    Column("ended_at", Instant),
)
Index("ix_sessions_expires_at", sessions.c.expires_at)

settings = Table(
    "settings",
    metadata,
    required("name", Code),
    required("scope_kind", Code),
    # 0 for the chain.
    required("scope_id", Id),
    required("value", Name),
    PrimaryKeyConstraint("name", "scope_kind", "scope_id"),
)

# A member who reads their own data; whose it is names no personal data.
member_tokens = Table(
    "member_tokens",
    metadata,
    Column("token_digest", Bytes, primary_key=True),
    Column("member_id", Id, nullable=False, index=True),
    required("caller_id", Id),
    required("issued_at", Instant),
    required("expires_at", Instant),
)

setting_changes = Table(
    "setting_changes",
    metadata,
    Column("change_id", Id, primary_key=True, autoincrement=False),
    required("name", Code),
    required("scope_kind", Code),
    required("scope_id", Id),
    # Empty where nothing was, or is, set for this scope.
    required("before", Name),
    required("after", Name),
    required("changed_at", Instant),
    required("caller_id", Id),
    Column("staff_id", Id),
)
Index(
    "ix_setting_changes_name",
    setting_changes.c.name,
    setting_changes.c.changed_at,
    setting_changes.c.change_id,
)
