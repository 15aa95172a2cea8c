"""Linkspan: stackable graduate credentials and the pathways from them to degrees."""
