"""Which courses are recognised, as what, and under which caps."""
