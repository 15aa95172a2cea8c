"""OpenID Federation 1.0: statements of entities, and the chain from one of them up to an anchor that is relied on."""

from linkspan.vc.federation.chains import Chained, check_chain
from linkspan.vc.federation.statements import TYPE, Statement, is_address, read_statement
from linkspan.vc.federation.walk import WELL_KNOWN, Superiors, chain_to, own_statement, subordinates

__all__ = [
    "TYPE",
    "WELL_KNOWN",
    "Chained",
    "Statement",
    "Superiors",
    "chain_to",
    "check_chain",
    "is_address",
    "own_statement",
    "read_statement",
    "subordinates",
]
