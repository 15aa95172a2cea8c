"""Funnels and pathway outcomes: reads everything, writes nothing below."""
