"""The views that people save of lists."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

LONGEST_NAME = 40
LONGEST_QUERY = 2_000


class SavedView(models.Model):
    """The filters and sort of a list under a name: for its owner, or for everybody if it has none."""

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, verbose_name=_("de"), null=True, blank=True, related_name="+"
    )
    list = models.CharField(_("liste"), max_length=100)
    name = models.CharField(_("nom"), max_length=LONGEST_NAME)
    query = models.CharField(_("filtres et tri"), max_length=LONGEST_QUERY, blank=True)

    class Meta:
        verbose_name = _("vue enregistrée")
        verbose_name_plural = _("vues enregistrées")
        ordering = ("list", "pk")
        default_permissions = ()
        permissions = (("share_savedview", _("Peut enregistrer des vues pour tous")),)
        constraints = (
            models.UniqueConstraint(fields=("list", "owner", "name"), name="one_view_of_a_name_each"),
            models.UniqueConstraint(
                fields=("list", "name"), condition=models.Q(owner=None), name="one_view_of_a_name_for_all"
            ),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def address(self) -> str:
        return f"{self.list}?{self.query}" if self.query else self.list
