"""What others may import; it brings pydantic into each of them."""

from dataclasses import dataclass

from hub_hookspecs import hookimpl
from pydantic import BaseModel

from .numbers import FIRST

__all__ = ["FIRST", "BaseModel", "dataclass", "hookimpl"]
