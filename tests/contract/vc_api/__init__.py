"""Conformance to the W3C VC API 0.7 and Bitstring Status List 1.0, over HTTP: a test for each MUST that concerns a
server, with its section. Official suites: none could be installed; both are test runners in repositories, not packages
of a registry. Not offered, so not tested: workflows and exchanges (3.11) and interaction URLs (3.12)."""
