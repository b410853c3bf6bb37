"""The SDK around an OpenAI client that you already have: each call is measured, none waits.

pip install farthing-sdk openai; FARTHING_URL, FARTHING_API_KEY and OPENAI_API_KEY in the environment.
"""

from __future__ import annotations

import os

from openai import OpenAI

import farthing_sdk as farthing

farthing.configure(base_url=os.environ["FARTHING_URL"], api_key=os.environ["FARTHING_API_KEY"])
client = farthing.wrap(OpenAI())

with farthing.context(endpoint_tag="examples.sdk_wrap", user_id="user_7f3a"):
    client.chat.completions.create(model="gpt-4o-mini", messages=[{"role": "user", "content": "Hi"}])

farthing.flush()  # a short script ends sooner than the SDK's thread sends
