"""People, sign-in, roles and grants, identity checks, consent, disclosure log."""
