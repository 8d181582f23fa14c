"""What the hub costs beside what it is built on: ``python -m benchmarks`` prints raw times and ratios.

Each comparison runs its contestants in turns within one run and compares medians, since a shared machine is faster in
one minute than in the next. A module is a distribution on disk, found by the catalog; processes are compared with processes.
"""
