#!/usr/bin/python3
"""Checks signatures with python3-jwcrypto. Input and output are those of jose/verify.mjs."""

import base64
import json
import sys

from jwcrypto import jwk, jws


def check(case):
    key = jwk.JWK(**case["jwk"])
    token = jws.JWS()
    token.allowed_algs = ["ES256"]
    token.deserialize(case["jws"] if isinstance(case["jws"], str) else json.dumps(case["jws"]), key)
    header = token.jose_header
    if header.get("typ") != case["typ"]:
        raise ValueError(f"typ is {header.get('typ')}")
    if header.get("kid") != key.thumbprint():
        raise ValueError("kid is not the key's thumbprint")
    return base64.urlsafe_b64encode(token.payload).rstrip(b"=").decode()


for line in sys.stdin:
    try:
        said = {"ok": True, "payload": check(json.loads(line))}
    except Exception as error:  # whatever the library raises is a refusal
        said = {"ok": False, "why": f"{type(error).__name__}: {error}"}
    print(json.dumps(said))
