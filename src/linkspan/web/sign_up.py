"""What sign-up asks for besides the address and the password."""

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from linkspan.kernel.errors import Unusable
from linkspan.kernel.lines import OneLine
from linkspan.kernel.told import told


class SignUpForm(forms.Form):
    """The first part of the form by which people sign up; allauth adds its own."""

    name = forms.CharField(
        label=_("Name"),
        max_length=200,
        help_text=_("As teachers and staff shall see it. Certificates take your legal name, once it was checked."),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    field_order = ["name", "email", "password1", "password2"]

    def clean_name(self) -> str:
        """One line that can be seen."""
        try:
            return OneLine(" ".join(str(self.cleaned_data["name"]).split())).value
        except Unusable as error:
            raise forms.ValidationError(told(error)) from error

    def signup(self, request: HttpRequest, user: object) -> None:
        """Nothing more: the adapter keeps the name."""
