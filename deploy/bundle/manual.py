#!/usr/bin/env python3
"""Manual pages from what the program says of itself: manual.py BINARY DIRECTORY

Reads `appliance --experimental-dump-help` (swift-argument-parser's ToolInfo, version 0) and writes appliance.1 and one
page a command (appliance-history-merge.1), in man(7)'s macros.
"""

import json
import pathlib
import re
import subprocess
import sys


def escape(text):
    text = text.replace("\\", "\\e").replace("-", "\\-")
    text = re.sub(r"[^\x00-\x7f]", lambda found: f"\\[u{ord(found[0]):04X}]", text)
    return re.sub(r"(?m)^([.'])", r"\\&\1", text)


def names(argument):
    forms = []
    for name in argument.get("names") or []:
        prefix = {"long": "--", "short": "-", "longWithSingleDash": "-"}[name["kind"]]
        forms.append(prefix + name["name"])
    forms.sort(key=len)
    return forms


def synopsis(argument):
    value = argument.get("valueName", "value")
    if argument["kind"] == "positional":
        text = f"\\fI{escape(value)}\\fR" + (" ..." if argument.get("isRepeating") else "")
    else:
        preferred = argument.get("preferredName") or argument["names"][0]
        dash = "--" if preferred["kind"] == "long" else "-"
        text = f"\\fB{escape(dash + preferred['name'])}\\fR"
        if argument["kind"] == "option":
            text += f" \\fI{escape(value)}\\fR"
    return f"[{text}]" if argument.get("isOptional", True) else text


def described(argument):
    head = ", ".join(f"\\fB{escape(form)}\\fR" for form in names(argument))
    value = f"\\fI{escape(argument.get('valueName', 'value'))}\\fR"
    if argument["kind"] == "positional":
        head = value
    elif argument["kind"] == "option":
        head += f" {value}"
    text = argument.get("abstract", "")
    if argument.get("defaultValue"):
        text += f" (default: {argument['defaultValue']})"
    return f".TP\n{head}\n{escape(text) or chr(92) + '&'}\n"


def page(command, path, version):
    title = "-".join(path)
    shown = [a for a in command.get("arguments") or [] if a.get("shouldDisplay", True)]
    subcommands = [c for c in command.get("subcommands") or [] if c.get("shouldDisplay", True) and c["commandName"] != "help"]
    text = f'.TH "{escape(title.upper())}" 1 "" "appliance {escape(version)}" "appliance"\n'
    text += f".SH NAME\n{escape(title)} \\- {escape(command.get('abstract', '').rstrip('.'))}\n"
    text += f".SH SYNOPSIS\n\\fB{escape(' '.join(path))}\\fR"
    text += " \\fIcommand\\fR" if subcommands else ""
    text += "".join(" " + synopsis(a) for a in shown) + "\n"
    if command.get("discussion"):
        text += f".SH DESCRIPTION\n.nf\n{escape(command['discussion'].rstrip())}\n.fi\n"
    if subcommands:
        text += ".SH COMMANDS\n"
        for sub in subcommands:
            text += f".TP\n\\fB{escape(title + '-' + sub['commandName'])}\\fR(1)\n{escape(sub.get('abstract', ''))}\n"
    if shown:
        text += ".SH OPTIONS\n" + "".join(map(described, shown))
    text += ".SH EXIT STATUS\n"
    for code, meaning in [(0, "fine"), (64, "usage"), (65, "bad data"), (66, "no input"),
                          (69, "a service is unavailable; what does not need it is done"), (70, "a bug of the program"),
                          (74, "input or output"), (75, "busy: try later"), (78, "configuration"),
                          (130, "interrupted, with all state kept")]:
        text += f".TP\n.B {code}\n{escape(meaning)}\n"
    parent = path[:-1]
    see = ["-".join(parent)] if parent else []
    see += [f"{title}-{sub['commandName']}" for sub in subcommands]
    if see:
        text += ".SH SEE ALSO\n" + ", ".join(f"\\fB{escape(name)}\\fR(1)" for name in see) + "\n"
    yield f"{title}.1", text
    for sub in subcommands:
        yield from page(sub, path + [sub["commandName"]], version)


def main(binary, directory):
    dumped = subprocess.run([binary, "--experimental-dump-help"], check=True, capture_output=True, text=True).stdout
    version = subprocess.run([binary, "--version"], check=True, capture_output=True, text=True).stdout.strip()
    tool = json.loads(dumped)
    if tool["serializationVersion"] != 0:
        sys.exit(f"manual.py: unknown form of the dump: {tool['serializationVersion']}")
    folder = pathlib.Path(directory)
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in page(tool["command"], [tool["command"]["commandName"]], version):
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2])
