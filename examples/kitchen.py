# SPDX-License-Identifier: MIT
"""Two cooks and two jars: each has one in hand, and asks for the other's."""
import threading

sugar, flour = threading.Lock(), threading.Lock()
both_have_one = threading.Barrier(2)


def cook(first, second):
    with first:
        both_have_one.wait()
        with second:
            print("a cake")


cooks = [threading.Thread(target=cook, args=jars) for jars in ((sugar, flour), (flour, sugar))]
for each in cooks:
    each.start()
for each in cooks:
    each.join()
