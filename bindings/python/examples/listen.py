"""A microphone by the program in the package, which needs nothing else: python listen.py"""

import polyspot

with polyspot.listen("en") as events:
    for event in events:
        if event["event"] == "ready":
            print("say", ", ".join(event["keywords"]))
        elif event["event"] == "detection":
            print(event["keyword"], event["score"])
