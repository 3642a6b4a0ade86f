"""People and their groups in Django's admin."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.contrib.auth import admin as auth
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.contrib.auth.models import Group, Permission, User
from django.db.models import ManyToManyField
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django_tasks_db import admin as tasks

from fixaloop.accounts.proof import proof_needed
from fixaloop.accounts.services import may_change, note_email, note_password
from fixaloop.accounts.telling import tell_changed
from fixaloop.admin.outbox import LetterAdmin
from fixaloop.admin.versioned import AdminForm, VersionedAdmin
from fixaloop.audit.rights import noting_rights
from fixaloop.audit.trail import Kind, note
from fixaloop.discovery import modules
from fixaloop.notices.models import Letter

# Nobody has anything to do there: imports and exports tell how they went on their own pages.
admin.site.unregister(tasks.DBTaskResult)  # type: ignore[attr-defined]
admin.site.unregister((User, Group))
admin.site.register(Letter, LetterAdmin)

GIVING = ("is_active", "is_staff", "is_superuser", "groups", "user_permissions")


class UserForm(AdminForm, UserChangeForm):
    pass


class NewUserForm(AdminForm, AdminUserCreationForm):
    pass


class ProvenAdmin(admin.ModelAdmin):
    """Pages that give rights, which ask for a proof of identity again."""

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        return proof_needed(request) or super().changeform_view(request, *args, **kwargs)


@admin.register(User)
class UserAdmin(ProvenAdmin, VersionedAdmin, auth.UserAdmin):
    form = UserForm
    add_form = NewUserForm

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """What gives rights, or takes them, is for superusers here; all others have `/accounts/` and its rules."""
        fields = super().get_readonly_fields(request, obj)
        return fields if request.user.is_superuser else (*fields, *GIVING)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or may_change(request.user, obj))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never: an account is closed, so that all that it did keeps its name."""
        return False

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        with noting_rights(form.instance):
            super().save_related(request, form, formsets, change)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Save; if the account was closed, list what the apps say is left open (their modules `on_users`)."""
        with noting_rights(obj):
            super().save_model(request, obj, form, change)
        note_email(obj, form.initial.get("email", "") if change else obj.email)
        note(Kind.ACCOUNT_CHANGED if change else Kind.ACCOUNT_MADE, obj, changed=form.changed_data if change else [])
        if not change and obj.has_usable_password():
            note_password(obj, request.user)
        if change and "is_active" in form.changed_data and not obj.is_active:
            for module in modules("on_users").values():
                for sentence in module.left_open(obj):
                    self.message_user(request, sentence, messages.WARNING)

    def user_change_password(self, request: HttpRequest, id: Any, form_url: str = "") -> HttpResponse:  # noqa: A002
        """Django’s own; the person then chooses another one at sign-in."""
        if asked := proof_needed(request):
            return asked
        before = User.objects.filter(pk=unquote(id)).values_list("password", flat=True).first()
        response = super().user_change_password(request, id, form_url)
        user = User.objects.filter(pk=unquote(id)).exclude(password=before).first()
        if user is not None and user.has_usable_password():
            note_password(user, request.user)
            tell_changed(user, "password", timezone.now())
        return response

    def formfield_for_manytomany(self, db_field: ManyToManyField[Any, Any], request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "user_permissions":
            # A permission names its content type, which would be loaded once for each of them.
            kwargs["queryset"] = Permission.objects.select_related("content_type")
        return super().formfield_for_manytomany(db_field, request, **kwargs)


@admin.register(Group)
class GroupAdmin(ProvenAdmin, VersionedAdmin, auth.GroupAdmin):
    """For superusers: whoever changes a group gives rights that he may not have."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_superuser)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.is_superuser)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.is_superuser)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        with noting_rights(form.instance):
            super().save_related(request, form, formsets, change)
