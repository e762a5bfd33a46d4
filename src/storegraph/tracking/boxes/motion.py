"""How people move between pictures."""

from __future__ import annotations

import numpy as np
from scipy.linalg import expm

from .model import BoxSettings, People


def moved(people: People, seconds: float, settings: BoxSettings) -> People:
    """People some time later.

    The velocity is an Ornstein-Uhlenbeck process: who walks goes on in their direction, and after `memory` anywhere.
    Postures change as a Markov chain in continuous time: who is upright may lie down or jump, and is upright again.
    """
    tau, speed = settings.memory, settings.speed
    kept = np.exp(-seconds / tau)
    gone = tau * (1 - kept)
    turn = np.eye(5)
    turn[0, 2] = turn[1, 3] = gone
    turn[2, 2] = turn[3, 3] = kept
    place = speed**2 * (2 * tau * (seconds - gone) - gone**2)
    both = speed**2 * gone**2 / tau
    noise = np.zeros((5, 5))
    noise[0, 0] = noise[1, 1] = max(place, 0.0)
    noise[0, 2] = noise[2, 0] = noise[1, 3] = noise[3, 1] = both
    noise[2, 2] = noise[3, 3] = speed**2 * (1 - kept**2)
    noise[4, 4] = settings.posture**2 * seconds
    falls, rises, lands = 1 / settings.upright, 1 / settings.down, 1 / settings.jump
    rates = np.array([[-2 * falls, falls, falls], [rises, -rises, 0.0], [lands, 0.0, -lands]])
    return People(
        people.mean @ turn.T,
        turn @ people.covariance @ turn.T + noise,
        people.there * np.exp(-seconds / settings.stays),
        people.label,
        people.posture @ expm(rates * seconds),
    )
