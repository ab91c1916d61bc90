#!/usr/bin/env python3
"""Serves a real model's embeddings as Ollama does: GET /api/tags, POST /api/embed, by llama.cpp (PyPI: xllamacpp).

    python3 embedding_server.py smollm2_135m.gguf [--port 11435]

The mean over a text's tokens, as Ollama takes it of a model that names no pooling of its own. Prints where it listens.
"""
import argparse
import hashlib
import json
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock

import xllamacpp

CONTEXT = 2048


def load(path):
    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(path)
    parameters.n_ctx = parameters.n_batch = parameters.n_ubatch = CONTEXT
    parameters.n_parallel = 1
    parameters.verbosity = -1
    parameters.embedding = True
    parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = os.cpu_count() or 2
    parameters.pooling_type = xllamacpp.llama_pooling_type.LLAMA_POOLING_TYPE_MEAN
    return xllamacpp.Server(parameters)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    turn = Lock()

    def log_message(self, form, *values):
        pass

    def reply(self, status, value):
        data = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_GET(self):
        if self.path == "/api/tags":
            listed = {"name": self.name, "model": self.name, "size": self.size, "digest": self.digest, "details": {}}
            self.reply(200, {"models": [listed]})
        else:
            self.reply(404, {"error": "not found"})

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)))
        if self.path != "/api/embed" or body.get("model") != self.name:
            return self.reply(404, {"error": f'model "{body.get("model")}" not found, try pulling it first'})
        texts = body["input"] if isinstance(body["input"], list) else [body["input"]]
        with self.turn:
            answer = self.model.handle_embeddings({"input": texts, "model": self.name})
        vectors = [item["embedding"] for item in sorted(answer["data"], key=lambda item: item["index"])]
        self.reply(200, {"model": self.name, "embeddings": vectors,
                         "prompt_eval_count": answer["usage"]["prompt_tokens"]})


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path)
    parser.add_argument("--port", type=int, default=0)
    arguments = parser.parse_args()
    data = arguments.model.read_bytes()
    Handler.name, Handler.size = arguments.model.stem.replace("_", ":", 1), len(data)
    Handler.digest = hashlib.sha256(data).hexdigest()
    Handler.model = load(arguments.model)
    server = ThreadingHTTPServer(("127.0.0.1", arguments.port), Handler)
    print(f"listening on http://127.0.0.1:{server.server_address[1]} with {Handler.name}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
