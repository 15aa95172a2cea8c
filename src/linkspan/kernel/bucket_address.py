"""Where an object store is: what its library is told, out of one address."""

from importlib.util import find_spec
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from environs import EnvError

SCHEMES = {"s3": "https", "s3+http": "http"}


def store_url(told: str) -> str:
    """Return the address as it is; EnvError says what is wrong with it, or what is not installed."""
    if told:
        bucket_options(told)
        if find_spec("boto3") is None:
            raise EnvError("LINKSPAN_STORE_URL needs the extra: pip install 'linkspan[several]'.")
    return told


def bucket_options(url: str) -> dict[str, Any]:
    """What django-storages is told of `s3://KEY:SECRET@HOST:PORT/BUCKET/FOLDER?region=R`; EnvError says what is wrong.

    Without KEY, the keys are those that the machine has by its role.
    """
    try:
        told = urlsplit(url)
        port = told.port
    except ValueError as error:
        raise EnvError(f"LINKSPAN_STORE_URL: {error}.") from error
    bucket, _, folder = told.path.strip("/").partition("/")
    query = parse_qs(told.query)
    if told.scheme not in SCHEMES or not told.hostname or not bucket or set(query) - {"region"} or told.fragment:
        raise EnvError("LINKSPAN_STORE_URL is not s3:// or s3+http://KEY:SECRET@HOST:PORT/BUCKET?region=REGION.")
    keys = {"access_key": unquote(told.username), "secret_key": unquote(told.password or "")} if told.username else {}
    return {
        "endpoint_url": f"{SCHEMES[told.scheme]}://{told.hostname}{f':{port}' if port else ''}",
        "bucket_name": bucket,
        "location": folder,
        "region_name": query.get("region", ["us-east-1"])[0],
        **keys,
    }
