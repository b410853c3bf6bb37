"""The SDK without a wrapped client: you say what a call used, by the usage object of any provider.

pip install farthing-sdk; FARTHING_URL and FARTHING_API_KEY in the environment.
"""

from __future__ import annotations

import os

import farthing_sdk as farthing

farthing.configure(base_url=os.environ["FARTHING_URL"], api_key=os.environ["FARTHING_API_KEY"])

answer = {
    "usage": {
        "prompt_tokens": 1_000,
        "completion_tokens": 200,
        "total_tokens": 1_200,
        "prompt_tokens_details": {"cached_tokens": 600},
    }
}
farthing.record(
    "openai", "gpt-4o-mini", usage=answer["usage"], latency_ms=820, endpoint_tag="examples.sdk_record"
)
farthing.flush()
