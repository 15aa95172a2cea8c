"""Tables of wallets: what is offered and handed to them, and what they are asked for."""

from typing import ClassVar

from django.db import models

from linkspan.credentials.models.issued import AwardRow, CredentialRow
from linkspan.kernel.fates import GONE, AtDeletion, Ground, kept
from linkspan.kernel.ids import new_id
from linkspan.kernel.keeping import KeptFor
from linkspan.kernel.merges import FOLLOWS, GOES, AtMerge
from linkspan.kernel.reasons import Phrase
from linkspan.kernel.sealed import SealedField


class WalletOfferRow(models.Model):
    """An offer of a credential to its holder's wallet; codes are kept as hashes only."""

    AT_DELETION: ClassVar[AtDeletion] = GONE
    AT_MERGE: ClassVar[AtMerge] = GOES
    KEPT_FOR: ClassVar[KeptFor] = KeptFor(
        "wallet_offers", Phrase("Offers to wallets, after their end"), "expires_at", 30, 1, 365
    )

    id = models.UUIDField(primary_key=True, default=new_id)
    credential = models.ForeignKey(CredentialRow, on_delete=models.CASCADE, related_name="offers")
    code_sha256 = models.CharField(max_length=64, unique=True)
    digits_sha256 = models.CharField(max_length=64)
    tries = models.IntegerField(default=0)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    #: The `issuer_state` by which a wallet that sends the holder's browser here names it; one has none.
    state_sha256 = models.CharField(max_length=64, unique=True, null=True)

    class Meta:
        app_label = "credentials"
        db_table = "credentials_wallet_offer"


class WalletTokenRow(models.Model):
    """The access that a wallet got for its code: to one credential, for a few minutes, for the key first shown."""

    AT_DELETION: ClassVar[AtDeletion] = GONE
    AT_MERGE: ClassVar[AtMerge] = GOES

    id = models.UUIDField(primary_key=True, default=new_id)
    offer = models.OneToOneField(WalletOfferRow, on_delete=models.CASCADE, related_name="token")
    token_sha256 = models.CharField(max_length=64, unique=True)
    did = models.CharField(max_length=300, blank=True)
    expires_at = models.DateTimeField()
    #: The key without which it is no good (RFC 9449), by its thumbprint; empty if it is good for who bears it.
    thumbprint = models.CharField(max_length=43, blank=True)

    class Meta:
        app_label = "credentials"
        db_table = "credentials_wallet_token"


class NonceRow(models.Model):
    """A nonce that was used, until it would be too old anyway."""

    KEPT_FOR: ClassVar[KeptFor] = KeptFor("nonces", Phrase("Numbers that wallets used once"), "expires_at", 1, 0, 30)

    id = models.UUIDField(primary_key=True, default=new_id)
    purpose = models.CharField(max_length=32)
    nonce_sha256 = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        app_label = "credentials"
        db_table = "credentials_nonce"


class WalletCopyRow(models.Model):
    """A credential as it was handed to a wallet, bound to the wallet's key; it shares the credential's status."""

    AT_DELETION: ClassVar[AtDeletion] = kept(Ground.RELIED_ON)
    AT_MERGE: ClassVar[AtMerge] = FOLLOWS

    id = models.UUIDField(primary_key=True, default=new_id)
    credential = models.ForeignKey(CredentialRow, on_delete=models.PROTECT, related_name="copies")
    form = models.CharField(max_length=32)
    did = models.CharField(max_length=300)
    sha256 = models.CharField(max_length=64)
    issued_at = models.DateTimeField()
    #: One answer to a wallet, which it names when it tells what became of it, and what it told last.
    delivery_id = models.UUIDField(default=new_id, db_index=True)
    told = models.CharField(max_length=32, blank=True)

    class Meta:
        app_label = "credentials"
        db_table = "credentials_wallet_copy"


class WalletWaitRow(models.Model):
    """A wallet that asked for what is not signed yet, and comes again for it (OpenID4VCI 1.0, section 9)."""

    AT_DELETION: ClassVar[AtDeletion] = GONE
    AT_MERGE: ClassVar[AtMerge] = GOES
    KEPT_FOR: ClassVar[KeptFor] = KeptFor(
        "wallet_waits", Phrase("Wallets that wait for a credential"), "expires_at", 1, 0, 30
    )

    id = models.UUIDField(primary_key=True, default=new_id)
    learner_id = models.UUIDField(db_index=True)
    institution = models.CharField(max_length=64)
    #: What it is that waits: an award for a decision, or a credential for its issuer's signature.
    award = models.ForeignKey(AwardRow, on_delete=models.CASCADE, null=True, related_name="+")
    credential = models.ForeignKey(CredentialRow, on_delete=models.CASCADE, null=True, related_name="+")
    form = models.CharField(max_length=32)
    keys = models.JSONField()
    #: The access by which it was asked for: of an offer's code, or of a connection.
    access_id = models.UUIDField()
    transaction_sha256 = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        app_label = "credentials"
        db_table = "credentials_wallet_wait"


class PresentationRow(models.Model):
    """A request to a wallet, and what came of it; the answer itself is not kept, the verdict is."""

    KEPT_FOR: ClassVar[KeptFor] = KeptFor(
        "presentations", Phrase("What a wallet showed to an institution"), "expires_at", 365, 30, 1095
    )

    id = models.UUIDField(primary_key=True, default=new_id)
    institution = models.CharField(max_length=64)
    asked_by_id = models.UUIDField()
    asked_by = models.CharField(max_length=200)
    purpose = models.CharField(max_length=200)
    nonce = models.CharField(max_length=64)
    state_sha256 = models.CharField(max_length=64, unique=True)
    state = models.CharField(max_length=64)
    #: The key (JWK) to which the answer is encrypted, until it came.
    key = SealedField(blank=True, default="")
    #: How the verifier is named, if not by its DID.
    client = models.CharField(max_length=300, blank=True, default="")
    #: What is asked for, in DCQL, if not a badge.
    query = models.JSONField(null=True)
    asked_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    verdict = models.JSONField(null=True)

    class Meta:
        app_label = "credentials"
        db_table = "credentials_presentation"
