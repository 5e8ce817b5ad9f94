# Runs solve of solution.py once per line of standard input (a JSON array of arguments) and answers with a line of JSON each.
# What the solution prints goes to standard error, so that it cannot be taken for an answer.
import json
import os
import sys

answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)


def answer(value):
    answers.write(json.dumps(value) + "\n")
    answers.flush()


scope = {"__name__": "solution"}
try:
    with open("solution.py", encoding="utf-8") as file:
        exec(compile(file.read(), "solution.py", "exec"), scope)
    solve = scope["solve"]
except BaseException as error:
    answer({"fault": "there is no function 'solve'" if isinstance(error, KeyError) else f"{type(error).__name__}: {error}"})
    sys.exit(0)

for line in sys.stdin:
    try:
        answer({"output": solve(*json.loads(line))})
    except BaseException as error:
        answer({"error": f"{type(error).__name__}: {error}"})
