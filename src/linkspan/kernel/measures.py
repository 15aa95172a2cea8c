"""What this process counts for operators: numbers with a few labels from closed sets, never a word about anybody.

Domains count here; `linkspan.site.metrics` tells it. Processes that serve together share a folder of the supervisor's
(`PROMETHEUS_MULTIPROC_DIR`), in which prometheus_client adds up what they counted.
"""

from prometheus_client import CollectorRegistry, Counter, Histogram

REGISTRY = CollectorRegistry()
SECONDS = (0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)

REQUESTS = Counter("linkspan_requests", "Requests answered.", ["method", "route", "status"], registry=REGISTRY)
REQUEST_SECONDS = Histogram(
    "linkspan_request_seconds", "How long answering took.", ["route"], buckets=SECONDS, registry=REGISTRY
)
SIGN_INS = Counter("linkspan_sign_ins", "Sign-ins that were tried.", ["outcome"], registry=REGISTRY)
VERDICTS = Counter("linkspan_verdicts", "Credentials that were judged here.", ["verdict"], registry=REGISTRY)
DELIVERY_FAILURES = Counter(
    "linkspan_delivery_failures", "Tries of a delivery that failed.", ["lane"], registry=REGISTRY
)
