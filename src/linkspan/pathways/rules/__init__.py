"""Agreements and eligibility as pure decisions. Start with `audit.audit_record`."""
