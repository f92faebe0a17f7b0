"""The sandbox provider: a stand-in for Stripe on this machine, in a process of its own.

It speaks the wire shape of Stripe's public API, so that demo, tests, fault runs and production run the same
gateway code. It knows nothing of the project around it: no Django, no project import, only the standard library.
See README.md here for the switches and the test cards.
"""
