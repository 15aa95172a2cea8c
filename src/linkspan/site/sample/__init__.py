"""The sample world of the demo and the journey: data here, loaded through the same actions that pages use."""
