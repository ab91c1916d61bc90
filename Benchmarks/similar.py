#!/usr/bin/env python3
"""Search by likeness beside TF-IDF (scipy) and RapidFuzz, on the same rows and queries in the same run.

    pip install scipy rapidfuzz
    Benchmarks/similar.py --history DIR/history.jsonl --queries DIR/queries.jsonl -- appliance evaluate similar

Rows are {"id", "template_id", "text"}; queries also have "kind", and "itself" where their own row is passed over.
recall@10 = right ones among the first ten / min(10, right ones there are); times are those of a query alone.
"""
import argparse
import json
import math
import re
import statistics
import subprocess
import time
from collections import Counter

WORD = re.compile(r"[A-Za-z_]+")
VALUE = re.compile(r"0x[0-9a-fA-F]+|\b(?=[0-9a-fA-F]*\d)[0-9a-fA-F]{6,}\b|\d+")


def rows(path):
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def score(history, queries, answers, times):
    label = {str(row["id"]): row["template_id"] for row in history}
    size = Counter(label.values())
    recall, hit, reciprocal = [], [], []
    for query, found in zip(queries, answers):
        itself = str(query.get("itself", ""))
        right = size[query["template_id"]] - (1 if itself else 0)
        if right <= 0:
            continue
        found = [label[str(i)] == query["template_id"] for i in found if str(i) != itself][:10]
        recall.append(sum(found) / min(10, right))
        hit.append(bool(found and found[0]))
        reciprocal.append(1 / (found.index(True) + 1) if True in found else 0)
    times = sorted(times)
    return {"recall@10": round(statistics.mean(recall), 4), "hit@1": round(statistics.mean(hit), 4),
            "MRR@10": round(statistics.mean(reciprocal), 4), "queries": len(answers),
            "p50_ms": round(1000 * statistics.median(times), 3), "p95_ms": round(1000 * times[int(len(times) * 0.95)], 3)}


def appliance(command, options, history, queries):
    run = subprocess.run(command + ["--history", options.history, "--queries", options.queries, "--top", "11"],
                         check=True, capture_output=True, text=True)
    answers = [json.loads(line) for line in run.stdout.splitlines()]
    result = score(history, queries, [[r["id"] for r in a["results"]] for a in answers],
                   [a["microseconds"] / 1e6 for a in answers])
    return result | json.loads(run.stderr.splitlines()[-1])


def tfidf(history, queries):
    import numpy
    from scipy.sparse import csr_matrix, diags
    start, vocabulary = time.monotonic(), {}

    def matrix(texts, grow):
        data, indices, ends = [], [], [0]
        for text in texts:
            for word, count in Counter(WORD.findall(VALUE.sub(" ", text))).items():
                number = vocabulary.setdefault(word, len(vocabulary)) if grow else vocabulary.get(word)
                if number is not None:
                    indices.append(number)
                    data.append(1 + math.log(count))
            ends.append(len(indices))
        return csr_matrix((data, indices, ends), shape=(len(texts), len(vocabulary)))

    documents = matrix([row["text"] for row in history], True)
    weights = numpy.log(len(history) / numpy.bincount(documents.indices, minlength=len(vocabulary))) + 1
    documents = documents @ diags(weights)
    norms = numpy.sqrt(numpy.asarray(documents.multiply(documents).sum(axis=1)).ravel())
    documents = (diags(1 / numpy.maximum(norms, 1e-9)) @ documents).T.tocsr()
    built, answers, times = time.monotonic() - start, [], []
    for query in queries:
        asked = time.monotonic()
        scores = (matrix([query["text"]], False) @ diags(weights) @ documents).toarray().ravel()
        best = numpy.argpartition(-scores, 11)[:11] if len(scores) > 11 else numpy.arange(len(scores))
        best = best[numpy.lexsort((best, -scores[best]))]
        times.append(time.monotonic() - asked)
        answers.append([history[i]["id"] for i in best])
    return score(history, queries, answers, times) | {"buildSeconds": round(built, 2)}


def rapidfuzz_ratio(history, queries):
    from rapidfuzz import fuzz, process
    texts, answers, times = [row["text"] for row in history], [], []
    for query in queries:
        asked = time.monotonic()
        found = process.extract(query["text"], texts, scorer=fuzz.ratio, limit=11)
        times.append(time.monotonic() - asked)
        answers.append([history[i]["id"] for _, _, i in found])
    return score(history, queries, answers, times)


parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
parser.add_argument("--history", required=True)
parser.add_argument("--queries", required=True)
parser.add_argument("--fuzzy-queries", type=int, default=40, help="RapidFuzz compares with every row: so many queries")
parser.add_argument("command", nargs="+")
options = parser.parse_args()
history, queries = rows(options.history), rows(options.queries)
print("appliance ", json.dumps(appliance(options.command, options, history, queries)))
print("TF-IDF    ", json.dumps(tfidf(history, queries)))
print("RapidFuzz ", json.dumps(rapidfuzz_ratio(history, queries[:options.fuzzy_queries])))
