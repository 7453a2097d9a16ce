"""The messages on national limits: P60 of a policy that departs from one, P65 of a limits file."""

from __future__ import annotations

from typing import Final

from medsettle.policy.code import Code

_FIGURE: Final = (
    "the {what} of layer `{layer}` is {found}{cell}{more} from {day} by {cite}; by {national} "
    "it is {manner}{demanded}"
)
_HINT: Final = "compare it with the region's document: a true departure stays as this warning"

NATIONAL_CODES: Final[dict[str, Code]] = {
    "P601": Code(
        "below a national floor",
        _FIGURE,
        _HINT,
        severity="warning",
    ),
    "P602": Code(
        "above a national ceiling",
        _FIGURE,
        _HINT,
        severity="warning",
    ),
    "P603": Code(
        "ceiling where the nation has none",
        _FIGURE.replace("it is", "there is"),
        _HINT,
        severity="warning",
    ),
    "P604": Code(
        "other base than the nation's",
        _FIGURE,
        _HINT,
        severity="warning",
    ),
    "P650": Code(
        "limits file",
        "the file must be a policy, found limits that policies are compared with",
        "policies are compared with limits that stand in `000000-national/limits.toml` beside "
        "their folders",
    ),
    "P651": Code(
        "bound of another figure",
        "`{found}` must not bound `{figure}`, which is bounded by one of {options}",
    ),
    "P652": Code(
        "compared with itself",
        "`that_of` must name another kind of claim, found `{value}`, for which the limit is",
        "name whose figure it is compared with, for example "
        '`that_of = {{ assistance = "unassisted" }}`',
    ),
}
