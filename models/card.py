#!/usr/bin/env python3
"""Puts a model's figures into its card: the tables of "Figures" and "Keywords" in models/LANGUAGE.md.

usage: models/card.py LANGUAGE EVALUATED.json     what `polyspot-tools evaluate … --json EVALUATED.json` wrote of models/LANGUAGE.onnx
"""

import json
import pathlib
import re
import sys

KINDS = {
    "barista": "people ordering coffee, English (`barista`)",
    "flemish_nl": "one Flemish reader (`flemish_nl`)",
    "ocean": "Mandarin speakers reading English (`ocean`)",
    "prompts_ru": "Russian telephone prompts (`prompts_ru`)",
    "noise": "babies, chainsaws, dogs, sneezes, roosters (`noise`)",
    "dialogue_nl": "dialogue of a Dutch game (`dialogue_nl`)",
    "pictures_el": "single words and short sentences, Greek (`pictures_el`)",
    "pictures_fr": "the same, French (`pictures_fr`)",
    "pictures_ru": "the same, Russian (`pictures_ru`)",
    **dict.fromkeys(["music_ice", "music_maze", "music_space", "music_war"], "music of four games (`music_…`)"),
    **dict.fromkeys(["sounds_robots", "other game-sounds"], "sounds of three games (`sounds_…`)"),
}


def percent(share):
    return f"{100 * share:.1f}"


def rate(found):
    return f"{percent(found['rate'])} % ({percent(found['interval']['low'])} to {percent(found['interval']['high'])})"


def per_hour(found):
    low, high = found["interval"]["low"], found["interval"]["high"]
    return f"{found['per_hour']:.1f} ({low:.1f} to {high:.1f}; {found['events']} in {found['hours']:.2f} h)"


def condition(name):
    name = name.replace(" SNR", "")
    if name == "clean":
        return "missed, clean, 1 s apart"
    if gain := re.fullmatch(r"gain ([+-])(\d+) dB", name):
        return f"missed, {gain[2]} dB {'louder' if gain[1] == '+' else 'softer'}"
    return f"missed, words {name}" if name.endswith("apart") else f"missed, noise at {name}"


def held_out(figures):
    if not figures:
        return "–"
    return f"{percent(figures['missed'][0]['rate'])} % at {figures['false_alarms']['per_hour']:.1f} per hour"


def delay(point):
    found = point["conditions"][0]["delay"]
    return f"{found['median_s']:.2f}, {found['p95_s']:.2f} s"


def figures(evaluated):
    streams, clips = evaluated["streams"], evaluated["clips"]["keywords"]
    own = streams["own"]
    one, half = [next(h for h in streams["held"] if h["false_alarms_per_hour"] == rate) for rate in (1.0, 0.5)]
    points = [own, one["point"], half["point"]]
    rows = [
        ["measured", "own thresholds", "one threshold, at most 1 false alarm per hour", "at most 0.5"],
        ["---"] * 4,
        [f"single clips of keywords right, of {clips['of']:,}", rate(clips), "–", "–"],
        ["false alarms per hour", *(per_hour(point["false_alarms"]) for point in points)],
    ]
    for index, missed in enumerate(own["conditions"]):
        cells = (rate(point["conditions"][index]["missed"]) for point in points)
        rows.append([condition(missed["condition"]), *cells])
    rows.append(
        [
            "missed, clean, thresholds chosen on one half of the data and judged on the other",
            "–",
            held_out(one["held_out"]),
            held_out(half["held_out"]),
        ]
    )
    rows.append(["reported after the word's end, clean: median, 95th percentile", *(delay(point) for point in points)])
    return rows


def negatives(evaluated):
    streams = evaluated["streams"]
    rows = [["audio without keywords", "hours", "false alarms at own thresholds", "with one threshold, at most 1 per hour"]]
    rows.append(["---"] * 4)
    one = next(h for h in streams["held"] if h["false_alarms_per_hour"] == 1.0)["point"]
    counts = zip(streams["negatives"], streams["own"]["false_alarms_by_kind"], one["false_alarms_by_kind"])
    sums = {}
    for kind, own, common in counts:
        label = KINDS.get(kind["name"], kind["name"])
        found = (kind["hours"], own["events"], common["events"])
        sums[label] = [before + more for before, more in zip(sums.get(label, (0, 0, 0)), found)]
    for label, (hours, own, common) in sums.items():
        rows.append([label, f"{hours:.2f}", own, common])
    return rows


def keywords(evaluated, before):
    """The rows of the table as it was, with new counts in the last two columns."""
    own = evaluated["streams"]["own"]
    missed = dict(zip(evaluated["streams"]["keywords"], own["conditions"][0]["missed_by_keyword"]))
    alarms = dict(zip(evaluated["streams"]["keywords"], own["false_alarms_by_keyword"]))
    rows = before[:2]
    for row in before[2:]:
        word = row[0]
        rows.append([*row[:-2], f"{missed[word]['events']} of {missed[word]['of']}", alarms[word]["events"]])
    return rows


def table(rows):
    return "\n".join("| " + " | ".join(str(cell) for cell in row) + " |" if row[0] != "---" else "|---" * len(row) + "|" for row in rows)


def parsed(text):
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.strip().splitlines()]
    rows[1] = ["---"] * len(rows[0])
    return rows


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    language, evaluated = sys.argv[1], json.loads(pathlib.Path(sys.argv[2]).read_text())
    path = pathlib.Path(__file__).with_name(f"{language}.md")
    card = path.read_text()
    tables = re.findall(r"(?:^\|.*\n)+", card, flags=re.M)
    by_head = {text.split("|")[1].strip(): text for text in tables}
    new = {
        "measured": figures(evaluated),
        "audio without keywords": negatives(evaluated),
        "keyword": keywords(evaluated, parsed(by_head["keyword"])),
    }
    for head, rows in new.items():
        card = card.replace(by_head[head], table(rows) + "\n")
    path.write_text(card)


if __name__ == "__main__":
    main()
