"""Words that odd requests are made of: each has broken a server somewhere."""

# ruff: noqa: SIM905 - words in a row are read more easily than a column of quotation marks

from __future__ import annotations

from typing import Final
from urllib.parse import urlencode

from hypothesis import strategies as st

METHODS: Final = "GET GET POST POST DELETE PUT PATCH HEAD OPTIONS TRACE PROPFIND".split()
PARAMETERS: Final = (
    "range from to timezone dataMode environment provider model endpointTag userId status step by limit "
    "offset cursor q at receipt results actor action target format"
).split()
FIELDS: Final = (
    "externalRequestId provider model status inputTokens outputTokens usage userId createdAt reportedCostUsd "
    "metadata tags email password refreshToken name items note from rates discountPercent targetProvider "
    "targetModel effectiveFrom"
).split()
PLACES: Final = """
/v1/requests/{} /v1/requests/{}/receipt /v1/settings/api-keys/{} /v1/jobs/{}/cancel /v1/jobs/{} /v1/{} /{}
/v1/settings/price-overrides/{} /v1/settings/model-aliases/{} /v1/repricings/{} /v1/repricings/{}/apply
/requests/{} /settings/api-keys/{}/revoke /static/{} /schema/{}
/v1/dashboard/overview /v1/dashboard/timeseries /v1/dashboard/top-users /v1/dashboard/unpriced-models
/v1/requests /v1/public/pricing-models /v1/settings/api-keys /v1/settings/price-overrides
/v1/settings/model-aliases /v1/repricings /v1/auth/refresh /v1/auth/logout
/v1/ingest/llm-request /v1/ingest/llm-requests /v1/audit /v1/export/audit
/ /requests /settings/api-keys /setup /signin /theme
""".split()
NAMES: Final = st.sampled_from(
    b"Accept Accept-Encoding Content-Encoding Cookie Range If-None-Match Expect X-Forwarded-For Forwarded "
    b"X-Forwarded-Proto X-HTTP-Method-Override HX-Request Origin Upgrade Authorization X-API-Key "
    b"Accept-Language Transfer-Encoding Sec-Fetch-Site".split()
)
TYPES: Final = st.sampled_from(
    b"application/json|application/json; charset=utf-16|application/x-ndjson|text/plain||\xff/;="
    b"|application/x-www-form-urlencoded|multipart/form-data|multipart/form-data; boundary="
    b"|application/msgpack|application/x-msgpack|application/x-yaml".split(b"|")
)
# fmt: off
TEXTS: Final = st.sampled_from([
    b"", b" ", b"\0", b"a\0b", b"\xff\xfe", b"\xed\xa0\x80", b"\xf0\x9f\x92\xb8", b"%", b"%zz", b"..",
    b"../..", b"-1", b"0", b"1e999", b"NaN", b"9" * 25, b"9223372036854775808", b"2147483648", b"1" * 300,
    b"true", b"null", b"[]", b"{}", b"'; DROP TABLE usage_event; --", b"<script>", b"{{7*7}}", b"\r\nA: b",
    b"req_zzzzzzzzzzzzz", b"key_zzzzzzzzzzzzz", b"job_zzzzzz", b"rep_zzzzzz", b"2026-02-30", b"0000-01-01",
    b"9999-12-31T23:59:59Z", b"2026-03-01T12:00:00+99:99", b"zzzzzzzzzzzzz.zzzzzzzzzzzzz", b"all", b"7d",
    b"openai", b"gpt-4o-mini", b"success", "\u202e\u0130\u1e9e".encode(), b"\x85\xa0", b"\x7f", b"+", b"&=#",
])
_WHOLE_BODIES: Final = st.sampled_from([
    b"", b"[", b"null", b'"\\ud800"', b"\xef\xbb\xbf{}", b"{}\0", "{}".encode("utf-16"), b"\x1f\x8b\x08\0",
    b"[" * 30_000, b'{"a":' * 10_000, b'{"name":"\\ud800"}', b'{"name":"\\u0000"}', b'{"name":"a","name":1}',
    b'{"refreshToken":"\\udfff"}', b"-", b"--x--",
    b'{"email":"\\ud800@x","password":"\\ud800"}', b"1" * 5_000,
])
# fmt: on


def _in_json(value: bytes) -> bytes:
    """A value as somebody careless writes it: as it is, or between quotation marks."""
    return value if value[:1] in b"0123456789-[{tnN" and value else b'"' + value.replace(b'"', b"") + b'"'


_OBJECTS: Final = st.lists(st.tuples(st.sampled_from(FIELDS), TEXTS), max_size=6).map(
    lambda fields: (
        b"{" + b",".join(b'"%s":%s' % (name.encode(), _in_json(text)) for name, text in fields) + b"}"
    )
)
_MANY: Final = st.lists(_OBJECTS, max_size=3)
BODIES: Final = st.one_of(
    _OBJECTS,
    st.lists(st.tuples(st.sampled_from(FIELDS), TEXTS), max_size=4).map(
        lambda form: urlencode(form).encode()
    ),
    _MANY.map(lambda many: b"[" + b",".join(many) + b"]"),
    _MANY.map(lambda many: b'{"items":[' + b",".join(many) + b"]}"),
    _MANY.map(b"\n".join),
    _WHOLE_BODIES,
)
