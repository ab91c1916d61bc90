#!/usr/bin/env python3
"""Prints the answers of `appliance evaluate diagnosis` as a table: by model and prompt, with Wilson intervals (95 %).

    python3 Benchmarks/diagnosis_table.py /tmp/diagnosis-set/set.jsonl kept.jsonl [--common]

"As the model wrote it" judges the model's own words whatever became of them; "as delivered" what a report says, after
the checks and with what code added, where a model's answer was taken (the built-in triage counts as not right).
With --common only rows that every model and prompt answered are counted, so that a run that was stopped compares fairly.
"""
import json
import sys
from collections import defaultdict
from math import sqrt

Z = 1.959964


def share(right, of):
    if not of:
        return "-"
    p, square = right / of, Z * Z
    scale = 1 + square / of
    center, half = p + square / (2 * of), Z * sqrt(p * (1 - p) / of + square / (4 * of * of))
    return f"{right} of {of}, {100 * p:.0f} % ({100 * max(0, (center - half) / scale):.0f}-{100 * min(1, (center + half) / scale):.0f})"


def main():
    paths = [word for word in sys.argv[1:] if not word.startswith("--")]
    expected = {row["id"]: row.get("expected") or {} for row in map(json.loads, open(paths[0]))}
    ways = defaultdict(dict)
    for path in paths[1:]:
        for line in open(path):
            try:
                answer = json.loads(line)
            except ValueError:
                continue
            ways[answer["model"], answer["prompt"]][answer["id"]] = answer
    if "--common" in sys.argv:
        common = set.intersection(*(set(answers) for answers in ways.values()))
        ways = {way: {row: answer for row, answer in answers.items() if row in common} for way, answers in ways.items()}
    print("| model | prompt | right as the model wrote it | right as delivered | right among confidence >= 70 | withheld: abstained or below 40 | abstained | tokens, seconds a case |")
    print("|---|---|---|---|---|---|---|---|")
    for (model, prompt), answers in sorted(ways.items()):
        told = [answer for row, answer in answers.items() if expected[row].get("names")]
        sure = [answer for answer in told if answer["diagnosis"]["confidence"] >= 70]
        bare = [answer for row, answer in answers.items() if expected[row].get("withheld")]
        by_model = lambda answer: "model" in answer["diagnosis"]["provenance"]["author"]
        humble = [answer for answer in bare if not by_model(answer) or answer["diagnosis"]["confidence"] < 40]
        right = lambda found, key="right": sum(bool(answer.get(key)) for answer in found)
        tokens = sum(answer["promptTokens"] + answer["answerTokens"] for answer in answers.values()) / max(1, len(answers))
        seconds = sum(answer["seconds"] for answer in answers.values()) / max(1, len(answers))
        print(f"| {model} | {prompt} | {share(right(told, 'saidRight'), len(told))} | {share(right(told), len(told))} | {share(right(sure), len(sure))} "
              f"| {share(len(humble), len(bare))} | {sum(not by_model(answer) for answer in told)} | {tokens:.0f}, {seconds:.0f} |")


if __name__ == "__main__":
    main()
