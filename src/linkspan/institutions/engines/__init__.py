"""Where an institution's keys lie."""
