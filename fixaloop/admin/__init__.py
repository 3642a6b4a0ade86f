"""People and their groups in Django's admin."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.auth import admin as auth
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.contrib.auth.models import Group, Permission, User
from django.db.models import ManyToManyField
from django.http import HttpRequest
from django_tasks_db import admin as tasks

from fixaloop.admin.outbox import LetterAdmin
from fixaloop.admin.versioned import AdminForm, VersionedAdmin
from fixaloop.discovery import modules
from fixaloop.notices.models import Letter

# Nobody has anything to do there: imports and exports tell how they went on their own pages.
admin.site.unregister(tasks.DBTaskResult)  # type: ignore[attr-defined]
admin.site.unregister((User, Group))
admin.site.register(Letter, LetterAdmin)


class UserForm(AdminForm, UserChangeForm):
    pass


class NewUserForm(AdminForm, AdminUserCreationForm):
    pass


@admin.register(User)
class UserAdmin(VersionedAdmin, auth.UserAdmin):
    form = UserForm
    add_form = NewUserForm

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Save; if the account was closed, list what the apps say is left open (their modules `on_users`)."""
        super().save_model(request, obj, form, change)
        if change and "is_active" in form.changed_data and not obj.is_active:
            for module in modules("on_users").values():
                for sentence in module.left_open(obj):
                    self.message_user(request, sentence, messages.WARNING)

    def formfield_for_manytomany(self, db_field: ManyToManyField[Any, Any], request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "user_permissions":
            # A permission names its content type, which would be loaded once for each of them.
            kwargs["queryset"] = Permission.objects.select_related("content_type")
        return super().formfield_for_manytomany(db_field, request, **kwargs)


@admin.register(Group)
class GroupAdmin(VersionedAdmin, auth.GroupAdmin):
    pass
