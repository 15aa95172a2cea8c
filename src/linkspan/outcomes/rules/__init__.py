"""Funnels, the economics of an agreement, outcomes compared, and the what-if simulator: all pure."""
