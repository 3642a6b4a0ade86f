"""Nothing is due for void stays, whatever somebody said since they are void; what was paid for them is a credit."""

from django.db import migrations, models
from django.db.models import Case, F, Value, When


def forgive(apps, schema_editor):
    void = apps.get_model("access", "Entry").objects.filter(voided_at__isnull=False, amount_due__gt=0)
    status = Case(When(paid_amount=0, then=Value("none")), default=Value("paid"))
    void.update(amount_due=0, balance=-F("paid_amount"), payment_status=status, priced_by="", pricing={})


class Migration(migrations.Migration):
    dependencies = [("access", "0030_card_used_before")]

    operations = [
        migrations.RunPython(forgive, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="entry",
            constraint=models.CheckConstraint(
                condition=models.Q(("voided_at__isnull", True), ("amount_due", 0), _connector="OR"),
                name="entry_void_costs_nothing",
            ),
        ),
    ]
