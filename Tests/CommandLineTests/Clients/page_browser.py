"""Looks at pages in headless Chromium through its DevTools protocol, and tells what is wrong with them.

Usage: page_browser.py REQUEST.json
REQUEST: {"chromium", "base", "pages": [path], "token"?, "name"?, "widths": [360, 1280], "language"?, "dark"?,
          "script"?: false, "shots"?: folder}
With a token it logs in through the form first, as a person does. Prints a list of problems as JSON.
A problem is: a script that ran and is not ours, a request to elsewhere, a breach of the policy, an error on the
console, a control without a label, headings out of order, an id that stands twice, a page wider than the window.
"""
import base64
import json
import os
import subprocess
import sys
import tempfile
import urllib.request

import websocket

request = json.load(open(sys.argv[1]))
base = request["base"]
problems = []

AUDIT = r"""
(() => {
  const found = [];
  const name = (e) => `${e.tagName.toLowerCase()}${e.id ? "#" + e.id : ""}`;
  const text = (e) => (e.textContent || "").trim();
  if (!document.documentElement.lang) found.push("no language");
  if (!document.title) found.push("no title");
  for (const mark of ["header", "main", "footer"])
    if (document.querySelectorAll(mark).length !== 1) found.push(`not one ${mark}`);
  for (const nav of document.querySelectorAll("nav, aside, section, [role=region]"))
    if (!nav.getAttribute("aria-label") && !document.getElementById(nav.getAttribute("aria-labelledby") || ""))
      found.push(`${name(nav)} has no name`);
  for (const control of document.querySelectorAll("input:not([type=hidden]), select, textarea"))
    if (!control.labels || !control.labels.length || !text(control.labels[0])) found.push(`${name(control)} has no label`);
  for (const part of document.querySelectorAll("button, a, summary"))
    if (!text(part) && !part.getAttribute("aria-label")) found.push(`${name(part)} has no words`);
  for (const table of document.querySelectorAll("table")) {
    if (!table.caption || !text(table.caption)) found.push("a table without a caption");
    for (const cell of table.querySelectorAll("th")) if (!cell.getAttribute("scope")) found.push("a th without a scope");
  }
  for (const svg of document.querySelectorAll("svg"))
    if (svg.getAttribute("role") !== "img" || !(svg.getAttribute("aria-label") || svg.querySelector("title")))
      found.push("a drawing without a name");
  let level = 0;
  for (const heading of document.querySelectorAll("h1, h2, h3, h4, h5, h6")) {
    const next = Number(heading.tagName[1]);
    if (next > level + 1) found.push(`h${next} after h${level}`);
    level = next;
  }
  if (document.querySelectorAll("h1").length !== 1) found.push("not one h1");
  const ids = [...document.querySelectorAll("[id]")].map((e) => e.id);
  for (const id of ids) {
    if (!id) found.push("an empty id");
    if (ids.indexOf(id) !== ids.lastIndexOf(id)) found.push(`id ${id} twice`);
  }
  for (const link of document.querySelectorAll("a[href^='#']"))
    if (!document.getElementById(link.getAttribute("href").slice(1))) found.push(`${link.getAttribute("href")} leads nowhere`);
  for (const e of document.querySelectorAll("*")) {
    for (const a of e.attributes) {
      if (a.name.startsWith("on") || a.name === "style") found.push(`${name(e)} has ${a.name}`);
      if (/^(href|src|action)$/.test(a.name) && !/^(\/(?!\/)|#|\?|data:,$)/.test(a.value)) found.push(`${name(e)} leads to ${a.value.slice(0, 80)}`);
    }
    if (/^(IFRAME|OBJECT|EMBED|BASE|IMG|VIDEO|AUDIO|META)$/.test(e.tagName) && !(e.tagName === "META" && e.parentElement === document.head))
      found.push(`a ${e.tagName}`);
  }
  for (const script of document.scripts) if (!/^\/page\.js\?v=/.test(script.getAttribute("src") || "")) found.push("a foreign script");
  const wide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
  if (wide > 1) {
    const who = [...document.querySelectorAll("body *")].find((e) => e.getBoundingClientRect().right > innerWidth + 1 && !e.closest("pre, .scroll"));
    found.push(`${wide} pixels too wide: ${who ? name(who) + "." + who.className : "?"}`);
  }
  if (window.pwned) found.push("a foreign script ran");
  return found;
})()
"""

KEYBOARD = r"""
(() => {
  const found = [];
  const field = document.getElementById("q") || document.getElementById("find");
  if (!field) return found;
  document.body.dispatchEvent(new KeyboardEvent("keydown", {key: "/", bubbles: true, cancelable: true}));
  if (document.activeElement !== field) found.push("the key / does not go to the search");
  const skip = document.querySelector("a.skip");
  skip.focus();
  if (document.activeElement !== skip || skip.getBoundingClientRect().left < 0) found.push("the skip link cannot be seen");
  return found;
})()
"""


class Browser:
    def __init__(self):
        self.folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        self.process = subprocess.Popen(
            [request["chromium"], "--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0",
             "--disable-dev-shm-usage", "--no-first-run", "--disable-background-networking", "--remote-allow-origins=*",
             "--disable-component-update", "--no-proxy-server", f"--user-data-dir={self.folder.name}", "about:blank"],
            stderr=subprocess.PIPE, text=True)
        port = None
        for line in self.process.stderr:
            if "DevTools listening on" in line:
                port = line.split("ws://127.0.0.1:")[1].split("/")[0]
                break
        targets = json.load(urllib.request.urlopen(f"http://127.0.0.1:{port}/json", timeout=30))
        page = next(target for target in targets if target["type"] == "page")
        self.socket = websocket.create_connection(page["webSocketDebuggerUrl"], timeout=60)
        self.number = 0
        self.events = []
        for domain in ["Page", "Runtime", "Network", "Log", "Audits"]:
            self.call(f"{domain}.enable")

    def call(self, method, **parameters):
        self.number += 1
        self.socket.send(json.dumps({"id": self.number, "method": method, "params": parameters}))
        while True:
            message = json.loads(self.socket.recv())
            if message.get("id") == self.number:
                if "error" in message:
                    raise RuntimeError(f"{method}: {message['error']}")
                return message["result"]
            self.take(message)

    def take(self, message):
        self.events.append(message)
        if message.get("method") == "Page.javascriptDialogOpening":
            self.number += 1
            self.socket.send(json.dumps({"id": self.number, "method": "Page.handleJavaScriptDialog", "params": {"accept": True}}))

    def wait(self, method):
        while not any(event.get("method") == method for event in self.events):
            self.take(json.loads(self.socket.recv()))

    def open(self, address):
        self.events = []
        self.call("Page.navigate", url=address)
        self.wait("Page.loadEventFired")

    def evaluate(self, script):
        result = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in result:
            raise RuntimeError(result["exceptionDetails"])
        return result["result"].get("value")

    def faults(self, allowed_status):
        for event in self.events:
            method, facts = event.get("method"), event.get("params", {})
            if method == "Network.requestWillBeSent":
                address = facts["request"]["url"]
                if not address.startswith((base + "/", "data:,")):
                    yield f"asked {address[:120]}"
            elif method == "Runtime.exceptionThrown":
                yield f"a script failed: {facts['exceptionDetails'].get('text')}"
            elif method == "Page.javascriptDialogOpening":
                yield "a script opened a dialog"
            elif method == "Audits.issueAdded":
                yield f"the browser complains: {facts['issue']['code']} {json.dumps(facts['issue']['details'])[:300]}"
            elif method == "Log.entryAdded" and facts["entry"]["level"] in ("error", "warning"):
                if not any(f"status of {status}" in facts["entry"]["text"] for status in allowed_status):
                    yield f"on the console: {facts['entry']['text'][:200]}"

    def close(self):
        self.socket.close()
        self.process.terminate()
        self.process.wait()
        self.folder.cleanup()


browser = Browser()
try:
    if request.get("language"):
        browser.call("Network.setExtraHTTPHeaders", headers={"Accept-Language": request["language"]})
    browser.call("Emulation.setFocusEmulationEnabled", enabled=True)
    scheme = "dark" if request.get("dark") else "light"
    browser.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
    if request.get("token"):
        browser.open(base + "/login?to=/groups")
        browser.events = []
        browser.evaluate(
            "document.getElementById('name').value = %s; document.getElementById('token').value = %s;"
            "document.querySelector('form.login').requestSubmit()"
            % (json.dumps(request.get("name", "Kim Jiyoung")), json.dumps(request["token"])))
        browser.wait("Page.loadEventFired")
        if browser.evaluate("location.pathname") != "/groups":
            problems.append(f"the login led to {browser.evaluate('location.href')}: {browser.evaluate('document.body.innerText')[:300]}")
        if browser.evaluate("document.cookie"):
            problems.append("a script can read the cookies")
    if request.get("script") is False:
        browser.call("Emulation.setScriptExecutionDisabled", value=True)
    for width in request.get("widths", [1280]):
        browser.call("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=width < 600)
        for path in request["pages"]:
            browser.open(base + path)
            found = list(browser.faults({404, 403})) + browser.evaluate(AUDIT)
            if request.get("script") is not False:
                found += browser.evaluate(KEYBOARD)
            problems += [f"{path} at {width}: {problem}" for problem in found]
            if request.get("shots"):
                size = browser.call("Page.getLayoutMetrics")["cssContentSize"]
                shot = browser.call(
                    "Page.captureScreenshot", captureBeyondViewport=True,
                    clip={"x": 0, "y": 0, "width": width, "height": min(size["height"], 2600), "scale": 1})
                name = f"{path.strip('/').replace('/', '-').replace('?', '_')[:40] or 'overview'}-{width}-{scheme}-{request.get('language', 'en')[:2]}.png"
                with open(os.path.join(request["shots"], name), "wb") as file:
                    file.write(base64.b64decode(shot["data"]))
finally:
    browser.close()
print(json.dumps(problems, ensure_ascii=False))
