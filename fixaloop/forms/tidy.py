"""What every form here is bound to, and does with the texts it is given."""

from __future__ import annotations

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.http import HttpRequest, QueryDict

from fixaloop.words.text import clean


def sent(request: HttpRequest) -> QueryDict | None:
    """What a form is bound to: what was sent, were it nothing at all."""
    return request.POST if request.method == "POST" else None


class TidyForm(forms.BaseForm):
    """A form whose texts are stored as fixaloop.words.text.clean leaves them."""

    def _clean_fields(self) -> None:
        super()._clean_fields()  # type: ignore[misc]
        for name, value in list(self.cleaned_data.items()):
            if type(self.fields[name]) is forms.CharField and isinstance(value, str):
                multiline = isinstance(self.fields[name].widget, forms.Textarea)
                try:
                    self.cleaned_data[name] = clean(value, multiline=multiline)
                except ValidationError as error:
                    self.add_error(name, error)


class RuledForm(TidyForm):
    """A form that shows refusals of services beside its fields."""

    def _post_clean(self) -> None:
        """Drop the errors of database constraints: the rules of services say the same beside a field."""
        before = list(self.errors.get(NON_FIELD_ERRORS, ()))
        super()._post_clean()  # type: ignore[misc]
        self.errors.pop(NON_FIELD_ERRORS, None)
        for sentence in before:
            self.add_error(None, sentence)

    def tell(self, refusal: ValidationError) -> None:
        """Show each message beside its field, or on top of a form without that field."""
        for name, messages in refusal.message_dict.items():
            field = name if name in self.fields else None
            if field not in self.errors:
                self.add_error(field, messages)
