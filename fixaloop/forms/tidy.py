"""What every form here is bound to, and does with the texts it is given."""

from __future__ import annotations

from django import forms
from django.core.exceptions import ValidationError
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
