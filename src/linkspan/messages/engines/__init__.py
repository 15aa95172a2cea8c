"""The mail server, by Django's own library."""
