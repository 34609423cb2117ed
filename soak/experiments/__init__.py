"""Faults put into the real program from outside, one by one, each with a server of its own."""

from __future__ import annotations

from soak.experiments import clock, descriptors, disks, files, lives, log_sink
from soak.experiments.lab import Experiment, Lab, NotHereError
from soak.report import Outcome

__all__ = ("EXPERIMENTS", "Lab", "attempt")

EXPERIMENTS: dict[str, Experiment] = {
    name: experiment
    for group in (descriptors, disks, files, clock, log_sink, lives)
    for name, experiment in group.EXPERIMENTS.items()
}


def attempt(experiment: Experiment, lab: Lab) -> Outcome:
    """Carry out one experiment."""
    promise, how = experiment.promise, experiment.how
    try:
        return Outcome(promise, how, experiment.play(lab))
    except NotHereError as reason:
        return Outcome(promise, how, str(reason), tried=False)
    except Exception as error:  # what fails here has to be looked at, whatever it is
        return Outcome(promise, how, "broken", " ".join(f"{type(error).__name__}: {error}".split()))
