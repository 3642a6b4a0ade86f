import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from fixaloop.groups import DIRECTION, granting
from fixaloop.records.frozen import freezing


class Migration(migrations.Migration):
    dependencies = [
        ("fixaloop", "0017_own_notices"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="AuditEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(verbose_name="le")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("sign_in", "Connexion"),
                            ("sign_in_failed", "Connexion refusée"),
                            ("sign_out", "Déconnexion"),
                            ("password", "Mot de passe changé"),
                            ("factor", "Second facteur changé"),
                            ("account_made", "Compte créé"),
                            ("account_changed", "Compte modifié"),
                            ("account_closed", "Compte désactivé"),
                            ("account_opened", "Compte réactivé"),
                            ("rights", "Droits changés"),
                            ("export", "Export"),
                            ("archive", "Dossier remis"),
                            ("anonymised", "Client anonymisé"),
                            ("import", "Import"),
                            ("import_undone", "Import annulé"),
                            ("token", "Jeton d’appareil"),
                            ("settings", "Réglages de l’entreprise"),
                            ("refused", "Page refusée"),
                            ("opened", "Fiche ouverte"),
                        ],
                        max_length=20,
                        verbose_name="quoi",
                    ),
                ),
                ("login", models.CharField(blank=True, max_length=150, verbose_name="identifiant")),
                ("address", models.GenericIPAddressField(null=True, verbose_name="adresse")),
                ("subject", models.CharField(blank=True, max_length=150, verbose_name="sur")),
                ("values", models.JSONField(default=dict, verbose_name="valeurs")),
                (
                    "user",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="compte",
                    ),
                ),
            ],
            options={
                "verbose_name": "ligne du journal",
                "verbose_name_plural": "journal",
                "default_permissions": ("view", "export"),
                "indexes": [
                    models.Index(fields=["at", "id"], name="audit_at"),
                    models.Index(fields=["kind", "at", "id"], name="audit_kind"),
                    models.Index(fields=["user", "at", "id"], name="audit_user"),
                    models.Index(fields=["subject", "at", "id"], name="audit_subject"),
                ],
            },
        ),
        freezing("fixaloop_auditentry"),
        migrations.RunPython(
            granting("fixaloop", {DIRECTION: ("view_auditentry", "export_auditentry")}),
            migrations.RunPython.noop,
            elidable=False,
        ),
    ]
