"""Agreements, versions, eligibility audits with reasons."""
