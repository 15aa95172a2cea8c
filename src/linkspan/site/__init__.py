"""Settings, urls, task app, health, sample world: the only place that wires all."""
