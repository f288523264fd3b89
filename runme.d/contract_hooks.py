"""What the OpenAPI document can't say, for the run of Schemathesis in contract.sh.

Six rules of the shop lie between parameters or requests, where a schema has no words: a search asks by exactly one of
three parameters, a cursor or a context is one that was given out, a delta fits a copy, a key belongs to one basket, an order names each
item once, and a cart belongs to whoever holds its cookie. Valid requests are made to keep them, so that every check stays
on; invalid ones are sent as they are, but for the cookie. In an address a whole number is written without a fraction.
"""

import itertools
import os

import schemathesis
from schemathesis import GenerationMode

CURSOR = os.environ["CONTRACT_CURSOR"]  # one that this shop gave out
NUMBERS = itertools.count(1)
CART = "/api/v1/cart"
cookies = {}  # of the one session whose cart this run fills


@schemathesis.hook
def before_call(context, case, kwargs):
    if case.path.startswith(CART):
        case.cookies = dict(cookies)
    meta = case.meta
    if meta is None or meta.generation.mode != GenerationMode.POSITIVE:
        return
    query = case.query or {}
    if "cursor" in query:
        query["cursor"] = CURSOR
    if case.path == "/search":
        asked = [name for name in ("topic", "q", "id") if name in query]
        for name in asked[1:]:
            del query[name]
        if not asked:
            query["topic"] = "novels"
            case.query = query
    if isinstance(item := (case.path_parameters or {}).get("item"), float):
        case.path_parameters["item"] = int(item)
    if case.path == "/api/v1/lists/{id}" and isinstance(case.body, dict):
        case.body.pop("context", None)
    if case.path == "/api/v1/lists/{id}/sync" and isinstance(case.body, dict):
        case.body.pop("delta", None)
    if case.path == "/api/v1/orders":
        case.body["lines"] = list({line["item"]: line for line in case.body["lines"]}.values())
    if case.path in ("/buy", "/api/v1/orders") and "Idempotency-Key" in (case.headers or {}):
        case.headers["Idempotency-Key"] = f"contract-{next(NUMBERS)}"


@schemathesis.hook
def after_call(context, case, response):
    if case.path.startswith(CART):
        for sent in response.headers.get("set-cookie", []):
            name, value = sent.split(";")[0].split("=", 1)
            cookies[name] = value
