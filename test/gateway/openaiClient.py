"""What an application does with a gateway, through OpenAI's own client: prints it as JSON."""

import json
import os
import sys

from openai import OpenAI

client = OpenAI(base_url=f"{sys.argv[1]}/v1", api_key=os.environ["GATEWAY_KEY"], max_retries=0)
messages = [{"role": "user", "content": "#support-chat/openai\nWhere is my parcel?"}]

answer = client.chat.completions.create(model="support-chat", messages=messages)
stream = client.chat.completions.create(model="support-chat", messages=messages, stream=True)
parts = [choice.delta.content or "" for chunk in stream for choice in chunk.choices]
vectors = client.embeddings.create(model="embedding/embed-documents", input=["parcel", "invoice"])
models = sorted(model.id for model in client.models.list())

print(
    json.dumps(
        {
            "answer": answer.choices[0].message.content,
            "streamed": "".join(parts),
            "vectors": [len(entry.embedding) for entry in vectors.data],
            "models": models,
        }
    )
)
