"""The two pluggy markers of the contract, so that specification and implementation agree on one project name."""

from pluggy import HookimplMarker, HookspecMarker

PROJECT = "hub"

hookspec = HookspecMarker(PROJECT)
hookimpl = HookimplMarker(PROJECT)
