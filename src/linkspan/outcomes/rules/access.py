"""Who sees what came of pathways."""

from linkspan.kernel.actor import Actor


def may_see_outcomes(actor: Actor) -> bool:
    """Deans, auditors and the system."""
    return actor.is_system or any(grant.role in ("dean", "auditor") for grant in actor.grants)


def may_see_funnel(actor: Actor, *institutions: str) -> bool:
    """Deans of the receiving or the sending institution, auditors and the system."""
    dean = any(actor.has_role("dean", institution) for institution in institutions)
    return actor.is_system or actor.has_role("auditor") or dean
