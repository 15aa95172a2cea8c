"""Rounds, applications, scores, matching, decisions, offers."""
