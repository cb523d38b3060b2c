"""llama-index metadata filters, over plain dictionaries."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from llama_index.core.vector_stores.types import (
    FilterCondition,
    FilterOperator,
    MetadataFilter,
    MetadataFilters,
)


def matches(filters: MetadataFilters, metadata: Mapping[str, Any]) -> bool:
    """Whether the metadata of a node pass filters, nested ones included.

    An absent value passes only `NE`, `NIN` and `IS_EMPTY`. Values that cannot be compared (a
    number with a text) do not pass. `NOT` asks that none of its filters pass.

    Raises:
        NotImplementedError: llama-index added an operator or a condition unknown to this version.
    """
    verdicts = (
        matches(item, metadata) if isinstance(item, MetadataFilters) else _passes(item, metadata)
        for item in filters.filters
    )
    condition = filters.condition or FilterCondition.AND
    if condition is FilterCondition.AND:
        return all(verdicts)
    if condition is FilterCondition.OR:
        return any(verdicts)
    if condition is FilterCondition.NOT:
        return not any(verdicts)
    raise NotImplementedError(f"condition {condition} is not supported")


def _passes(item: MetadataFilter, metadata: Mapping[str, Any]) -> bool:
    value, wanted = metadata.get(item.key), item.value
    if item.operator is FilterOperator.IS_EMPTY:
        return value is None or value in ("", [])
    if item.operator in (FilterOperator.NE, FilterOperator.NIN):
        return value != wanted if item.operator is FilterOperator.NE else value not in _list(wanted)
    try:
        compare = _COMPARISONS[item.operator]
    except KeyError:
        raise NotImplementedError(f"operator {item.operator} is not supported") from None
    if value is None or wanted is None:
        return False
    try:
        return compare(value, wanted)
    except TypeError:
        return False


def _list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple | set | frozenset) else [value]


_COMPARISONS: dict[FilterOperator, Callable[[Any, Any], bool]] = {
    FilterOperator.EQ: lambda value, wanted: bool(value == wanted),
    FilterOperator.GT: lambda value, wanted: bool(value > wanted),
    FilterOperator.GTE: lambda value, wanted: bool(value >= wanted),
    FilterOperator.LT: lambda value, wanted: bool(value < wanted),
    FilterOperator.LTE: lambda value, wanted: bool(value <= wanted),
    FilterOperator.IN: lambda value, wanted: value in _list(wanted),
    FilterOperator.ANY: lambda value, wanted: any(item in _list(value) for item in _list(wanted)),
    FilterOperator.ALL: lambda value, wanted: all(item in _list(value) for item in _list(wanted)),
    FilterOperator.CONTAINS: lambda value, wanted: wanted in _list(value),
    FilterOperator.TEXT_MATCH: lambda value, wanted: str(wanted) in str(value),
    FilterOperator.TEXT_MATCH_INSENSITIVE: lambda value, wanted: (
        str(wanted).casefold() in str(value).casefold()
    ),
}
