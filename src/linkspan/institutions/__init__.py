"""Universities, accreditation and signing keys."""
