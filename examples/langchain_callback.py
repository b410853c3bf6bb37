"""LangChain: a callback among those of a model. Chains and agents need none; their models tell of each call.

pip install farthing-sdk langchain-openai; FARTHING_URL, FARTHING_API_KEY and OPENAI_API_KEY stand in the
environment.
"""

from __future__ import annotations

import os

from langchain_openai import ChatOpenAI

import farthing_sdk as farthing
from farthing_sdk.langchain_callback import FarthingCallback

farthing.configure(base_url=os.environ["FARTHING_URL"], api_key=os.environ["FARTHING_API_KEY"])
model = ChatOpenAI(model="gpt-4o-mini", callbacks=[FarthingCallback()])

with farthing.context(endpoint_tag="examples.langchain"):
    model.invoke("Hi")

farthing.flush()
