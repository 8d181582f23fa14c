"""Access: who is calling, and what they may do. Everything not granted is denied."""

from .bearer import NewToken, cookie_of, new_token
from .snapshot import AccessSnapshot

__all__ = ["AccessSnapshot", "NewToken", "cookie_of", "new_token"]
