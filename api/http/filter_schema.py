"""The filter of a request: which documents may answer it."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from api.filtering import MAX_VALUE_LENGTH, MAX_VALUES, make_filter, read_date
from api.http.texts import check_unicode
from qa.types import Filter, Language

Value = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_VALUE_LENGTH),
    AfterValidator(check_unicode),
]
Documents = Annotated[
    list[Value],
    Field(max_length=MAX_VALUES, description="names, titles or ids; * and ? stand for any"),
]
Publishers = Annotated[
    list[Value], Field(max_length=MAX_VALUES, description="parts of the publishers' names")
]
Date = Annotated[
    str,
    Field(max_length=MAX_VALUE_LENGTH),
    AfterValidator(lambda text: read_date(text) if text else ""),
]
Since = Annotated[Date, Field(description="documents from then on, as 2024-05")]
Until = Annotated[Date, Field(description="documents up to then, included")]
CurrentOnly = Annotated[bool, Field(description="leave out what has been replaced")]


class FilterIn(BaseModel):
    """Which documents may answer; what is left out or empty leaves all."""

    model_config = ConfigDict(strict=True, extra="forbid")

    documents: Documents = []
    publishers: Publishers = []
    since: Since = ""
    until: Until = ""
    languages: Annotated[
        list[Annotated[Language, Field(strict=False)]], Field(max_length=len(Language))
    ] = []
    current_only: CurrentOnly = False

    def within(self) -> Filter | None:
        """Return the filter as `qa` takes it, None where it leaves all."""
        return make_filter(
            documents=self.documents,
            publishers=self.publishers,
            since=self.since,
            until=self.until,
            languages=self.languages,
            current_only=self.current_only,
        )
