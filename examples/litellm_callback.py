"""LiteLLM: a callback for every provider that it speaks to.

pip install farthing-sdk litellm; FARTHING_URL, FARTHING_API_KEY and OPENAI_API_KEY in the environment.
"""

from __future__ import annotations

import os

import litellm
from litellm.utils import executor

import farthing_sdk as farthing
from farthing_sdk.litellm_callback import handler

farthing.configure(base_url=os.environ["FARTHING_URL"], api_key=os.environ["FARTHING_API_KEY"])
litellm.callbacks.append(handler)

with farthing.context(endpoint_tag="examples.litellm"):
    litellm.completion(model="openai/gpt-4o-mini", messages=[{"role": "user", "content": "Hi"}])

executor.shutdown(wait=True)  # a short script ends sooner than LiteLLM's threads call back
farthing.flush()
