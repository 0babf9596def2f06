#!/usr/bin/env python3
"""Reads a journal as docs/spec/journal.md and events.md describe it, without the library: one line an event, its fields
separated by tabs, texts spelled out. Usage: read_journal.py FILE"""
import sqlite3
import sys

TYPES = {1: "hold", 2: "exposure", 3: "contact", 4: "delivery", 5: "outcome"}
FIELDS = ("sequence type unit cluster at recorded_at event source experiment experiment_fingerprint variant "
          "wording_fingerprint phase reason channel kind segments value").split()
FIELDS_OF_2 = "ticket assignee ticket_before ticket_after".split()
TEXTS = set("source experiment experiment_fingerprint variant wording_fingerprint phase reason channel kind segments "
            "ticket_before ticket_after".split())


def main(path):
    database = sqlite3.connect("file:" + path + "?mode=ro", uri=True)
    if database.execute("PRAGMA application_id").fetchone()[0] != 0x54414A31:
        sys.exit("not a journal")
    version = database.execute("PRAGMA user_version").fetchone()[0]
    if not 1 <= version <= 2:
        sys.exit("a journal of version %d" % version)
    texts = dict(database.execute("SELECT code, text FROM dictionary"))
    texts[0] = ""
    fields = FIELDS + (FIELDS_OF_2 if version >= 2 else [])
    for row in database.execute("SELECT " + ", ".join(fields) + " FROM events ORDER BY sequence"):
        event = dict(zip(fields, row))
        if event["type"] == 0 and version >= 2:
            continue  # erased
        words = []
        for field in FIELDS + FIELDS_OF_2:
            value = event.get(field, 0)
            if field == "type":
                words.append(TYPES[value])
            elif field in TEXTS:
                words.append(texts[value])
            elif field == "value":
                words.append("%.17g" % value)
            else:
                words.append(str(value))
        print("\t".join(words))


if __name__ == "__main__":
    main(sys.argv[1])
