"""`/accounts/`: the accounts of the team."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import IntegrityError, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from fixaloop.accounts.factors import has_factor, remove_factor
from fixaloop.accounts.forms import COLUMNS, TAKEN, AccountForm
from fixaloop.accounts.invitations import invite
from fixaloop.accounts.proof import proof_required
from fixaloop.accounts.services import change_account, changeable, create_account, may_change, set_active
from fixaloop.discovery import modules
from fixaloop.forms.fields import sent
from fixaloop.forms.submissions import already_created, differences, hold_version, submit_once
from fixaloop.records.refusal import Refused
from fixaloop.web.refusals import permission_required
from fixaloop.words.text import person_name

CHANGE = "auth.change_user"
ADD = "auth.add_user"
SHOWN = 100
Page = Callable[..., HttpResponse]


def about_account(view: Page) -> Page:
    """Check the right, then give the view the account of the address, if this person may change it."""

    @permission_required(CHANGE)
    @wraps(view)
    def page(request: HttpRequest, pk: int) -> HttpResponse:
        user = User.objects.filter(pk=pk).first()
        if user is None:
            raise Http404(_("Ce compte n’existe pas."))
        if not may_change(request.user, user):
            raise PermissionDenied
        return view(request, user)

    return page


@require_safe
@permission_required(CHANGE)
def accounts(request: HttpRequest) -> HttpResponse:
    users = User.objects.order_by("-is_active", "last_name", "first_name", "username").prefetch_related("groups")
    page = Paginator(users, SHOWN).get_page(request.GET.get("page"))
    open_to = changeable(request.user, page)
    rows = [(user, person_name(user), user.pk in open_to) for user in page]
    context = {"page": page, "rows": rows, "may_add": request.user.has_perm(ADD), "page_title": _("Comptes")}
    return render(request, "accounts/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required((CHANGE, ADD))
@proof_required
def new(request: HttpRequest) -> HttpResponse:
    if already_created(request.POST):
        return redirect("accounts:list")
    form = AccountForm(request.user, User(), sent(request))
    if form.is_valid() and (made := _create(request, form)) is not None:
        for user in made:
            _tell_new(request, user)
        return redirect("accounts:list")
    return _form(request, form, {"title": _("Nouveau compte"), "submit_label": _("Créer le compte")})


def _create(request: HttpRequest, form: AccountForm) -> list[User] | None:
    """What this form created, nothing if it had before; None with an error in the form."""
    data, made = form.cleaned_data, []

    def create() -> User:
        user = User(**{name: data[name] for name in COLUMNS})
        groups = form.chosen_groups or []
        made.append(create_account(user, groups=groups, password=data["password"], by=request.user))
        return user

    try:
        submit_once(data["submission"], request.user, create, lambda user: reverse("accounts:edit", args=(user.pk,)))
    except IntegrityError:
        form.add_error("username", TAKEN)
        return None
    return made


def _tell_new(request: HttpRequest, user: User) -> None:
    values = {"name": person_name(user), "login": user.username}
    messages.success(request, _("Le compte de %(name)s est créé. Son identifiant : %(login)s") % values)
    if not user.has_usable_password():
        _invite(request, user)


@require_http_methods(["GET", "HEAD", "POST"])
@about_account
@proof_required
def edit(request: HttpRequest, user: User) -> HttpResponse:
    form = AccountForm(request.user, user, sent(request))
    if form.is_bound and form.is_stale:
        changes = differences(form, AccountForm(request.user, user))
        hold_version(form, form.initial["version"])
        return _form(request, form, _editing(request, user) | {"conflict": {"changes": changes}}, status=409)
    if form.is_valid() and _change(request, form):
        messages.success(request, _("Les modifications sont enregistrées."))
        return redirect("accounts:list")
    return _form(request, form, _editing(request, user))


def _change(request: HttpRequest, form: AccountForm) -> bool:
    if not form.changed:
        return True
    user, data = form.user, form.cleaned_data
    for name in COLUMNS:
        setattr(user, name, data[name])
    try:
        with transaction.atomic():
            password = data.get("password", "")
            change_account(user, form.changed, groups=form.chosen_groups, password=password, by=request.user)
    except IntegrityError:
        form.add_error("username", TAKEN)
        return False
    return True


def _editing(request: HttpRequest, user: User) -> dict[str, Any]:
    return {
        "title": person_name(user),
        "submit_label": _("Enregistrer"),
        "account": user,
        "is_own": user.pk == request.user.pk,
        "has_factor": has_factor(user),
        "may_invite": settings.MAIL_IS_SET_UP and user.email and user.is_active and user.pk != request.user.pk,
    }


def _form(request: HttpRequest, form: AccountForm, context: dict[str, Any], status: int = 0) -> HttpResponse:
    status = status or (422 if form.errors else 200)
    return render(request, "accounts/form.html", context | {"form": form}, status=status)


@require_POST
@about_account
@proof_required
def activate(request: HttpRequest, user: User) -> HttpResponse:
    """Close or reopen an account; what it leaves open is told by the modules `on_users` of the apps."""
    active = request.POST.get("to") == "active"
    try:
        changed = set_active(user, active=active, by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("accounts:edit", user.pk)
    if changed:
        said = _("Le compte de %(name)s est réactivé.") if active else _("Le compte de %(name)s est désactivé.")
        messages.success(request, said % {"name": person_name(user)})
    for sentence in () if active else _left_open(user):
        messages.warning(request, sentence)
    return redirect("accounts:list")


def _left_open(user: User) -> list[str]:
    return [sentence for module in modules("on_users").values() for sentence in module.left_open(user)]


@require_POST
@about_account
@proof_required
def drop_factor(request: HttpRequest, user: User) -> HttpResponse:
    """Whoever lost phone and codes signs in by the password again."""
    if remove_factor(user, timezone.now(), by=request.user):
        messages.success(request, _("%(name)s se connecte sans second facteur.") % {"name": person_name(user)})
    return redirect("accounts:edit", user.pk)


@require_POST
@about_account
@proof_required
def send_invitation(request: HttpRequest, user: User) -> HttpResponse:
    if settings.MAIL_IS_SET_UP and user.email and user.is_active:
        _invite(request, user)
    return redirect("accounts:edit", user.pk)


def _invite(request: HttpRequest, user: User) -> None:
    if invite(user, request):
        messages.success(request, _("L’invitation est partie à %(email)s.") % {"email": user.email})
    else:
        messages.error(request, _("L’invitation n’est pas partie : renvoyez-la, ou donnez un mot de passe."))
