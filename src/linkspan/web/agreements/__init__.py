"""Agreements at the desks of registrars and deans: lists, the editor, review, impact."""
