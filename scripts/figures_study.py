"""Studies that a benchmark flies once a seed: flown, and kept for the next time."""
import concurrent.futures
import json
import subprocess
import sys


def fly(places, bench, name, runs, seeds=None):
    """The study's answer; flown anew only if what is kept has fewer flights. `places` are the
    program, the project's root, and the folder of what is kept; a seed is a flight unless told."""
    program, root, kept = places
    path = kept / f"{bench}-{name}.json"
    if path.exists():
        answer = json.loads(path.read_text())
        if answer["runs"] >= runs:
            return answer
    print(f"{bench} of {name}: {runs} flights", file=sys.stderr, flush=True)
    done = subprocess.run([str(program), "bench", bench, f"data/studies/{name}.yaml",
                           "--seeds", f"1..{seeds or runs}", "--json"],
                          cwd=root, stdout=subprocess.PIPE, text=True)
    if done.returncode != 0:
        sys.exit(f"figures: bench {bench} data/studies/{name}.yaml failed")
    answer = {"runs": runs, "study": json.loads(done.stdout)}
    kept.mkdir(exist_ok=True)
    unfinished = path.with_suffix(".part")
    unfinished.write_text(json.dumps(answer))
    unfinished.replace(path)
    return answer


def fly_all(places, bench, names, runs, jobs):
    """Answers by the study's name, some flown at a time."""
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        answers = pool.map(lambda name: fly(places, bench, name, runs), names)
        return dict(zip(names, answers))
