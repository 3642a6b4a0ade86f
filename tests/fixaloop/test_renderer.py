"""Widgets drawn in Python come out as Django's own templates make them."""

from typing import Any

import pytest
from django import forms
from django.test import SimpleTestCase

from fixaloop.forms.renderer import WholeTextRenderer
from fixaloop.speed.renderer import QuickRenderer

NASTY = '<b>"d\'Artagnan" & Cie</b>'
CHOICES = [("", "Tous"), ("a&b", NASTY), ("Groupe <1>", [("x", "X"), (1, "Un")])]


@pytest.mark.parametrize("value", [None, "", "x", 1, NASTY, "deux\nlignes"])
@pytest.mark.parametrize(
    "widget",
    [
        forms.TextInput({"placeholder": NASTY, "required": True, "disabled": False, "maxlength": 10}),
        forms.EmailInput(),
        forms.NumberInput({"min": 0}),
        forms.HiddenInput(),
        forms.DateInput({"type": "date"}),
        forms.Textarea({"rows": 3}),
        forms.Select({"class": "wide"}, choices=CHOICES),
        forms.SelectMultiple(choices=CHOICES),
        forms.CheckboxInput(),
        forms.RadioSelect(choices=CHOICES[:2]),
    ],
    ids=lambda widget: type(widget).__name__ if isinstance(widget, forms.Widget) else repr(widget),
)
def test_it_draws_a_widget_as_django_does(widget: forms.Widget, value: Any) -> None:
    shown = [value] if isinstance(widget, forms.SelectMultiple) else value
    drawn = widget.render("name<1>", shown, {"id": "id_name"}, renderer=QuickRenderer())
    expected = widget.render("name<1>", shown, {"id": "id_name"}, renderer=WholeTextRenderer())
    assert "maxlength" not in drawn
    SimpleTestCase().assertHTMLEqual(drawn, expected)
