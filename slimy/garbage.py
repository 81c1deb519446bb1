"""Python's garbage collector, told what kind of program this is."""

import gc


def settle_in() -> None:
    """What is loaded by now stays: the collector needn't look through it again, nor after every few objects.

    A batch of jobs makes some ten thousand objects and a request some hundreds, which go without its help.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
