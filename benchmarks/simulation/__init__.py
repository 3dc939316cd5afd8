"""Exchange, feed, market and judge on one event loop of virtual time, with faults drawn by a seed.

A run is a function of its seed: no socket, thread, machine clock or global random number takes
part, so that a failing seed fails again with the same states. The method is FoundationDB's and
TigerBeetle's: the code under test is the shipped one, the world around it is simulated.
"""
