"""Append-only facts about a learner with source, time and checker."""
