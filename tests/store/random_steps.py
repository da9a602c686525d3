"""Random operations on a table, the same whatever the table is."""

from __future__ import annotations

import random

from tinydb import Query, where
from tinydb.operations import add, delete, increment
from tinydb.table import Document


def random_step(random: random.Random, ids: range):
    """Give one operation to be done on a table, the same whatever the table is."""
    n = random.randrange(4)
    some = [random.choice(ids) for _ in range(random.randrange(4))]
    new_id = random.randrange(1, 400)
    value = random.choice([n, float(n), str(n), None, True, [n, {"deep": [n]}], {"a": n}])
    query = random.choice(
        [
            where("n") == n,
            Query().n > n,
            where("v") == value,
            where("tags").any([n]),
            Query().noop(),
        ]
    )

    def append(document):
        document.setdefault("tags", []).append(n)

    return random.choice(
        [
            lambda t: t.insert({"n": n, "v": value}),
            lambda t: t.insert({"n": n, "tags": [n]}),
            lambda t: t.insert(Document({"n": n}, new_id)),
            lambda t: t.insert_multiple([{"n": n}, {"n": n + 1, "v": value}]),
            lambda t: t.insert_multiple([]),
            lambda t: t.update({"v": value}),
            lambda t: t.update({"v": value}, query),
            lambda t: t.update({"n": n}, doc_ids=some),
            lambda t: t.update(append, query),
            lambda t: t.update(increment("n"), where("n").test(lambda x: isinstance(x, int))),
            lambda t: t.update(add("tags", [n]), where("tags").exists()),
            lambda t: t.update(delete("v"), where("v").exists()),
            lambda t: t.update_multiple([({"v": n}, query), (increment("n"), where("n") == n)]),
            lambda t: t.upsert({"n": n, "v": value}, query),
            lambda t: t.upsert(Document({"n": n}, new_id)),
            lambda t: t.remove(where("n") == n),
            lambda t: t.remove(doc_ids=some),
            lambda t: t.search(query),
            lambda t: t.search(query),
            lambda t: t.count(query),
            lambda t: t.get(query),
            lambda t: t.get(doc_id=some[0] if some else 1),
            lambda t: t.contains(query),
            lambda t: len(t),
            lambda t: t.all(),
        ]
        + [lambda t: t.truncate()] * (random.random() < 0.15)
    )


def outcome(step, table):
    try:
        result = step(table)
    except (ValueError, KeyError, TypeError) as error:
        return type(error)
    if isinstance(result, Document):
        return result.doc_id, dict(result)
    if isinstance(result, list) and result and isinstance(result[0], Document):
        return [(document.doc_id, dict(document)) for document in result]
    return result
