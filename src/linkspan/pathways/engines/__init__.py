"""Renderers of pathways: the map of the network, the calendar of deadlines."""
