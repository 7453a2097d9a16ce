"""What the documents say: reading, resolving and checking policies."""

from medsettle.policy.errors import Diagnostic, PolicyError
from medsettle.policy.load import load_policy
from medsettle.policy.resolve import restrict

__all__ = ["Diagnostic", "PolicyError", "load_policy", "restrict"]
