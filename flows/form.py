"""How the nightly flow's parameters look in the form from which a server starts a run.

Prefect makes the form from the flow's signature. A parameter that may be `None` becomes two tabs
there, one of them "None", and its default `null` is all that people see; here it becomes one field
that may stay empty, of a known type, which says what an empty one means.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from datetime import date
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from prefect.utilities.callables import parameter_docstrings
from pydantic import Field, WithJsonSchema
from pydantic_core import MISSING

from flows.settings import Settings
from transforms.read import formats

_DATE = {"type": "string", "format": "date", "pattern": r"^\d{4}-\d{2}-\d{2}$"}
"""The server checks the pattern, not the format: without it a wrong date fails the run only."""


def signature(function: Callable[..., Any]) -> inspect.Signature:
    """Return the signature of `function` as the form is to show it.

    It serves for the form alone: runs still get `None` for what is left empty.
    """
    described = parameter_docstrings(inspect.getdoc(function))
    own = inspect.signature(function)
    fields = []
    for name, parameter in own.parameters.items():
        default: Any = MISSING if parameter.default is None else parameter.default
        more: dict[str, Any] = {"enum": sorted(formats())} if name == "format" else {}
        about = _description(name, described.get(name, ""))
        field = Field(default, description=about, json_schema_extra=more)
        fields.append(parameter.replace(annotation=_shown(parameter), default=field))
    return own.replace(parameters=fields)


def _shown(parameter: inspect.Parameter) -> Any:
    """Return the type whose field the form shows.

    A switch cannot be empty: what may be true, false or left to the settings is a list of choices.
    """
    of = _without_none(parameter.annotation)
    if of is bool and parameter.default is None:
        return Annotated[bool, WithJsonSchema({"enum": [True, False]})]
    if of is date:
        return Annotated[date, WithJsonSchema(_DATE)]
    return of


def _without_none(annotation: Any) -> Any:
    """Return a type without the alternative `None`."""
    if get_origin(annotation) is Annotated:
        of, *about = get_args(annotation)
        return Annotated[(_without_none(of), *about)]
    if get_origin(annotation) not in (Union, UnionType):
        return annotation
    others = tuple(each for each in get_args(annotation) if each is not NoneType)
    return Union[others]  # noqa: UP007 - of a number of types that is not known here


def _description(name: str, described: str) -> str:
    """Return a parameter's description, and which setting holds where it is left empty."""
    text = " ".join(described.split())
    if name not in Settings.model_fields:
        return text
    default = Settings.model_fields[name].default
    holds = f"Empty: the setting {name}"
    if isinstance(default, bool):
        holds += f" ({str(default).lower()} unless set)"
    elif isinstance(default, float):
        holds += f" ({default:g} unless set)"
    elif isinstance(default, str | int | Path):
        holds += f" ({default} unless set)"
    return f"{text} {holds}."
