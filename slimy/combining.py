"""Flat combining: what several threads ask at the same time is asked once, for all of them.

Under load a trip to Redis costs a thread several waits for the interpreter's lock, each longer than the trip.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from threading import Lock
from typing import Generic, TypeVar

Question = TypeVar("Question")
Answer = TypeVar("Answer")


class _Asked(Generic[Question, Answer]):
    def __init__(self, question: Question) -> None:
        self.question = question
        self.answers: tuple[Answer, ...] = ()  # one, as soon as there is one


class Combiner(Generic[Question, Answer]):
    """Calls `ask` with the questions of all threads that wait for their turn; it returns the answers in their order.

    When it raises, the call of the thread whose turn it was raises that, and the questions of the others are asked
    again.
    """

    def __init__(self, ask: Callable[[Sequence[Question]], Sequence[Answer]]) -> None:
        self._ask = ask
        self._waiting: deque[_Asked[Question, Answer]] = deque()
        self._turn = Lock()

    def __call__(self, question: Question) -> Answer:
        """The answer to one question, which was asked after the call began."""
        mine: _Asked[Question, Answer] = _Asked(question)
        self._waiting.append(mine)
        with self._turn:
            if not mine.answers:
                self._answer_all(mine)
        return mine.answers[0]

    def _answer_all(self, mine: _Asked[Question, Answer]) -> None:
        asked = [self._waiting.popleft() for _ in range(len(self._waiting))]
        try:
            answers = self._ask([each.question for each in asked])
        except BaseException:
            self._waiting.extendleft(each for each in reversed(asked) if each is not mine)
            raise
        for each, answer in zip(asked, answers, strict=True):
            each.answers = (answer,)
