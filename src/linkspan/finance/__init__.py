"""Charges, payments and the balanced ledger."""
