"""Where allauth, which signs people in, asks Linkspan."""

from allauth.account.adapter import DefaultAccountAdapter

from linkspan.web.pages import page_here


class AccountAdapter(DefaultAccountAdapter):
    """Signing in as Linkspan has it."""

    def is_safe_url(self, url: str) -> bool:
        """Whether somebody may be led there after signing in: a page of this site that can be opened."""
        return bool(url) and bool(page_here(self.request, url, ""))
