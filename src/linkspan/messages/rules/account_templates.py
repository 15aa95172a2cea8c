"""Kinds of notices about an account and their words, as `templates` has the others."""

from collections.abc import Mapping

from linkspan.messages.rules.values import Template, Topic


def _(text: str) -> str:
    """Mark a message id for the catalogue; it is translated for its reader later."""
    return text


ACCOUNTS: Mapping[str, Template] = {
    "accounts_merged": Template(
        Topic.RECORD, _("Your two accounts are one"), _("What both held is here. The other address is told too.")
    ),
    "deletion_held_back": Template(
        Topic.RECORD, _("Your account cannot be deleted yet"), _("{why} It is deleted once nothing stands in the way.")
    ),
    "deletion_withdrawn": Template(
        Topic.RECORD, _("Your account stays"), _("Nothing was deleted. You can ask for it again at any time.")
    ),
}
