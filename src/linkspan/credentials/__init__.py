"""Program completion; issue, revoke, verify."""
