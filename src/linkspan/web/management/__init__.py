"""Commands of Django that this project does its own way."""
