"""What the machinery, and the libraries it stands on, hold of clients, column by column."""

from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission, User
from django.contrib.contenttypes.models import ContentType
from django_tasks_db.models import DBTaskResult

from fixaloop.accounts.models import Factor, Guesses, KnownPlace, Passkey, ProviderAccount, RecoveryCode
from fixaloop.accounts.sessions import OpenSession
from fixaloop.audit.models import AuditEntry
from fixaloop.installation.models import Firm, Logo
from fixaloop.lists.models import SavedView
from fixaloop.models import (
    Counter,
    DemoRows,
    ExportJob,
    ImportBatch,
    ImportJob,
    ImportTrace,
    ListBatch,
    ListBatchRow,
    NumbersAside,
    PaymentHead,
    PaymentWords,
    Preference,
    Submission,
)
from fixaloop.notices.models import Letter, Notice, NoticeRead
from fixaloop.records.personal import Table

JOB = "id state created_at beat_at finished_at done total attempts language"

TABLES = (
    Table(Counter, plain="name value"),
    Table(NumbersAside, plain="id series first last"),
    # Keys and digests of invented rows.
    Table(DemoRows, plain="id table rows"),
    # The firm itself, which is nobody's client.
    Table(
        Firm,
        plain="id name address phone email siret hours logo recent_days notice_days review_months unpaid_limit"
        " require_email orphan_hours parked_days repeat_seconds turn_seconds reader_silent_minutes"
        " event_retention_days entry_retention_days client_retention_years version",
    ),
    Table(Logo, plain="id content digest width height"),
    # References and codes: it names nobody but the team.
    Table(AuditEntry, plain="id at kind subject values", team="user login address"),
    Table(PaymentHead, plain="id number hash"),
    Table(PaymentWords, plain="id", apart="note reference salt", by="fixaloop.records.chain.forget_words"),
    # The address of a page, which holds a reference.
    Table(Submission, plain="token url created_at", team="user"),
    Table(
        ImportBatch,
        plain="id kind fingerprint created_at options read created updated unchanged refused undone_at",
        team="by undone_by",
        untied="file_name",
    ),
    Table(ImportTrace, plain="id batch beside", apart="created changed", by="fixaloop.records.history.forget_beside"),
    Table(ListBatch, plain="id kind action at undone_at", team="by undone_by"),
    Table(
        ListBatchRow,
        plain="id batch row undone refused",
        apart="before mark",
        by="fixaloop.records.history.forget_beside",
    ),
    Table(SavedView, plain="id list", team="owner", untied="name query"),
    Table(Preference, plain="language notices_mail given_password read_upto mailed_upto", team="user"),
    Table(Notice, plain="id kind key at subject values", team="to"),
    Table(NoticeRead, plain="id notice", team="user"),
    # Codes and values: text and address are written when it is sent. Those of a client go with it.
    Table(
        Letter,
        plain="id kind key values message_id state attempts created_at next_at claimed_at ended_at error",
        apart="holder",
    ),
    Table(ExportJob, plain=f"{JOB} title path", team="by", brief="error query filters file size expires_at"),
    Table(
        ImportJob,
        plain=f"{JOB} kind options simulated batch",
        team="by",
        untied="file_name",
        brief="error file report refused corrections opened",
    ),
    Table(
        LogEntry,
        plain="id action_time content_type object_id action_flag",
        team="user",
        apart="object_repr change_message",
        by="fixaloop.records.history.forget_beside",
    ),
    Table(Permission, plain="id name content_type codename"),
    Table(Group.permissions.through, plain="id group permission"),
    Table(Group, plain="id", untied="name"),
    Table(User.groups.through, plain="id group", team="user"),
    Table(User.user_permissions.through, plain="id permission", team="user"),
    Table(
        User,
        plain="id is_superuser is_staff is_active date_joined last_login",
        team="password username first_name last_name email",
    ),
    Table(ContentType, plain="id app_label model"),
    Table(
        OpenSession, plain="session_key started_at seen_at expire_date", brief="session_data", team="user address agent"
    ),
    # Who tried to sign in, from where and with what: six months at most.
    Table(Factor, plain="id last_step created_at used_at", team="user secret"),
    Table(Passkey, plain="id created_at used_at", team="user name credential"),
    Table(ProviderAccount, plain="id issuer created_at", team="user subject"),
    Table(RecoveryCode, plain="id used_at", team="user digest"),
    Table(Guesses, plain="key level at"),
    Table(KnownPlace, plain="id at", team="user place"),
    Table(
        DBTaskResult,
        plain="id status enqueued_at started_at finished_at priority task_path worker_ids queue_name backend_name"
        " run_after exception_class_path",
        brief="args_kwargs return_value traceback",
    ),
)
