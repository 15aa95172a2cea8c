"""The payment provider of this installation, from its settings."""

from django.conf import settings

from linkspan.finance.engines.stripe import StripeProvider
from linkspan.kernel.errors import Refused


def card_provider() -> StripeProvider | None:
    """Stripe, if this installation has its keys (LINKSPAN_STRIPE_KEY, LINKSPAN_STRIPE_WEBHOOK_SECRET)."""
    if not (settings.STRIPE_KEY and settings.STRIPE_WEBHOOK_SECRET):
        return None
    return StripeProvider(settings.STRIPE_KEY, settings.STRIPE_WEBHOOK_SECRET, settings.STRIPE_API_BASE)


def refunding_provider(name: str) -> StripeProvider | None:
    """Who sends money back that came by that provider; None if people do. Refused if its keys are gone."""
    if name != StripeProvider.name:
        return None
    provider = card_provider()
    if provider is None:
        raise Refused("provider_missing", "The keys of the card provider are not set: the refund waits for them.")
    return provider
