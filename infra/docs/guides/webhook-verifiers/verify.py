"""Verifies a message: `verify(secret, headers, body)`. Python 3.10 or newer, nothing to install."""

import base64
import binascii
import hashlib
import hmac
import sys
import time

TOLERANCE_SECONDS = 5 * 60


def verify(secret: str, headers: dict[str, str], body: bytes, now: float | None = None) -> bool:
    """Whether the message was signed with the secret, and not long ago. Header names are lower case."""
    message = headers.get("webhook-id", "")
    timestamp = headers.get("webhook-timestamp", "")
    signatures = headers.get("webhook-signature", "")
    if not message or not (timestamp.isascii() and timestamp.isdigit()):
        return False
    now = time.time() if now is None else now
    if abs(now - int(timestamp)) > TOLERANCE_SECONDS:
        return False
    try:
        key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except binascii.Error:
        return False
    signed = f"{message}.{timestamp}.".encode() + body
    expected = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    # Bytes, because a text that is not ASCII cannot be compared.
    return any(
        hmac.compare_digest(expected.encode(), signature.encode())
        for signature in signatures.split(" ")
    )


if __name__ == "__main__":
    # verify.py SECRET ID TIMESTAMP SIGNATURES NOW < body
    names = ("webhook-id", "webhook-timestamp", "webhook-signature")
    genuine = verify(
        sys.argv[1],
        dict(zip(names, sys.argv[2:5])),
        sys.stdin.buffer.read(),
        float(sys.argv[5]),
    )
    sys.exit(0 if genuine else 1)
