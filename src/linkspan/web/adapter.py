"""Where allauth, which signs people in, asks Linkspan."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.contrib.sites.shortcuts import get_current_site

from linkspan.kernel.clock import domain_now
from linkspan.messages.actions import post_mail
from linkspan.messages.rules import Mail
from linkspan.web.pages import page_here


class AccountAdapter(DefaultAccountAdapter):
    """Signing in as Linkspan has it."""

    def is_safe_url(self, url: str) -> bool:
        """Whether somebody may be led there after signing in: a page of this site that can be opened."""
        return bool(url) and bool(page_here(self.request, url, ""))

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Have it delivered like any other mail: a mail server that refuses stops nobody from signing up."""
        site = {"request": self.request, "email": email, "current_site": get_current_site(self.request)}
        message = self.render_mail(template_prefix, email, site | context)
        post_mail(message=Mail(email, message.subject, message.body), now=domain_now())
