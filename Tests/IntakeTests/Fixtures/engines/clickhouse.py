"""ClickHouse's real SQL engine (chdb, from PyPI) behind the part of its HTTP interface that is read.

Prints the port. POST /?param_x=…&setting=… with the query as body; other settings are passed on, as ClickHouse does.
Tables of SigNoz's schema v3, with the columns that are read, are made and filled by the script given as argument.
"""
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qsl, urlsplit

from chdb import session

engine = session.Session()
TSV = {"\\t": "\t", "\\n": "\n", "\\r": "\r", "\\0": "\0", "\\\\": "\\"}


def literal(text):
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        settings = dict(parse_qsl(urlsplit(self.path).query, keep_blank_values=True))
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        try:
            if settings.pop("readonly", None) != "2":
                raise RuntimeError("Code: 164. DB::Exception: only readonly=2 is served. (READONLY)")
            settings.pop("wait_end_of_query", None)
            form = settings.pop("default_format", "TabSeparated")
            for name, value in settings.items():
                known = name.startswith("param_")
                engine.query(f"SET {name} = {literal(value) if known else value}")
            data = engine.query(body, form).bytes()
            status = 200
        except Exception as error:
            data, status = str(error).encode(), 400
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_):
        pass


for statement in open(sys.argv[1]).read().split(";\n"):
    if statement.strip():
        engine.query(statement)
server = HTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
