"""Kinds of items: of each what makes it unusable, its score, and an answer in words."""
