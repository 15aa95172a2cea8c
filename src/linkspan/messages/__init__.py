"""Notices and e-mail: templates, preferences, delivery through the outbox."""
