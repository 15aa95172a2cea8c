"""A PDF that somebody hands over is read in a child: a small file may unfold to gigabytes."""

from linkspan.kernel.bounded import DOCUMENTS
from linkspan.vc.received import LARGEST_FILE, is_pdf


def credential_in(content: bytes) -> bytes:
    """The content; of a PDF, the credential attached to it. Raises Unreadable as `embedded_credential` does."""
    return _attached(content) if is_pdf(content) and len(content) <= LARGEST_FILE else content


@DOCUMENTS.bounded
def _attached(pdf: bytes) -> bytes:
    from linkspan.vc.pdf import embedded_credential

    return embedded_credential(pdf)
