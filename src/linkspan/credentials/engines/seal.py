"""A PDF is sealed: certified by a signature over all of it; a changed byte shows (ISO 32000-2, section 12.8)."""

import io
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from cryptography.x509 import load_pem_x509_certificates

if TYPE_CHECKING:
    from pyhanko.sign.signers import SimpleSigner


def seal_pdf(pdf: bytes, *, seal: Path, reason: str) -> bytes:
    """The PDF certified with the key and certificate in the `seal` file; no later change is allowed."""
    # Here, since it loads a client for time stamps too, which takes half a second.
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign import signers
    from pyhanko.sign.fields import MDPPerm, SigSeedSubFilter

    told = signers.PdfSignatureMetadata(
        field_name="Seal",
        reason=reason,
        certify=True,
        docmdp_permissions=MDPPerm.NO_CHANGES,
        subfilter=SigSeedSubFilter.PADES,
        md_algorithm="sha256",
    )
    out = io.BytesIO()
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    # The library runs an event loop of its own, which a thread with a loop of somebody else's refuses.
    with ThreadPoolExecutor(1) as apart:
        apart.submit(signers.sign_pdf, writer, told, signer=_signer(seal), output=out).result()
    return out.getvalue()


@lru_cache(maxsize=4)
def _signer(seal: Path) -> "SimpleSigner":
    from pyhanko.keys import load_certs_from_pemder_data, load_private_key_from_pemder_data
    from pyhanko.sign.signers import SimpleSigner
    from pyhanko_certvalidator.registry import SimpleCertificateStore

    content = seal.read_bytes()
    key = load_pem_private_key(content, None).private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    certificates = [found.public_bytes(Encoding.DER) for found in load_pem_x509_certificates(content)]
    first, *others = [next(iter(load_certs_from_pemder_data(found))) for found in certificates]
    store: Any = SimpleCertificateStore
    signer_store = store.from_certs(others)
    return SimpleSigner(
        signing_cert=first, signing_key=load_private_key_from_pemder_data(key, None), cert_registry=signer_store
    )
