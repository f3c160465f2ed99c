"""What the API takes and gives."""

from __future__ import annotations

from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from looksmith.card import Strength

IDENTIFIER = r"^[0-9a-f]{36}$"
Id = Annotated[str, StringConstraints(pattern=IDENTIFIER)]
Name = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, min_length=1, max_length=100, pattern=r"^[^/\\\x00-\x1f\x7f]+$"
    ),
]
Consent = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=3, max_length=2_000, pattern=r"^[^\x00]+$"),
]
USER = r"^[A-Za-z0-9_.@-]{1,100}$"
UserName = Annotated[str, StringConstraints(pattern=USER)]
T = TypeVar("T")


class Given(BaseModel):
    """What clients send; what they should not send is refused."""

    model_config = ConfigDict(extra="forbid")


class Page(BaseModel, Generic[T]):
    """A part of a list, newest first; ``after=next`` gives the part that follows."""

    items: list[T]
    next: str | None = None


class Photo(BaseModel):
    """A photo. ``state``: new, ready (it has a preview) or failed (``problem`` says why)."""

    id: str
    name: str
    state: Literal["new", "ready", "failed"]
    bytes: int
    width: int | None = None
    height: int | None = None
    problem: str | None = None
    created: float
    job: str | None = None
    """That prepares it; after an upload."""


class Faces(BaseModel):
    """The people in a photo."""

    count: int


class Look(BaseModel):
    """A look. ``state``: learning (it may be seen, and will get better) or ready."""

    id: str
    name: str
    state: Literal["learning", "ready"]
    consent: str | None = None
    about: dict[str, Any]
    strength: Strength | None = None
    """How much it does, where that is known."""
    version: int
    created: float


class Fact(BaseModel):
    """What is to be said of a look, in the language of the request."""

    term: str
    words: str


class Job(BaseModel):
    """Something that takes a while. ``share`` goes from 0 to 1."""

    id: str
    kind: str
    state: Literal["queued", "running", "done", "failed", "cancelled"]
    share: float
    note: str | None = None
    problem: str | None = None
    input: dict[str, Any]
    output: dict[str, Any]
    created: float
    changed: float


class Result(BaseModel):
    """A photo that got a look."""

    id: str
    name: str
    job: str
    look: str
    photo: str
    bytes: int
    controls: dict[str, float]
    created: float


class Picture(BaseModel):
    """One picture of a set (avatars, a campaign), or why it could not be made."""

    number: int
    name: str
    about: dict[str, str]
    problem: str | None = None


class User(BaseModel):
    """Someone whose taste is known. ``id`` is what the API calls them, None for other accounts."""

    id: str | None
    name: str


class Account(BaseModel):
    """Someone who may log in. ``role``: viewer (sees), creator (makes), owner (decides)."""

    id: str
    name: str
    role: str


class AccountGiven(Given):
    """A new account of the workspace."""

    name: Name
    password: Annotated[str, Field(min_length=1, max_length=1_000)]
    role: Literal["viewer", "creator", "owner"]


class PasswordGiven(Given):
    """A password and what it becomes."""

    old: Annotated[str, Field(max_length=1_000)]
    new: Annotated[str, Field(max_length=1_000)]


class KeyGiven(Given):
    """What a new API key is called."""

    name: Name


class Key(BaseModel):
    """An API key, without its secret."""

    id: str
    name: str
    created: float


class NewKey(Key):
    """A new API key: ``Authorization: Bearer KEY``."""

    key: str


class Deed(BaseModel):
    """A line of the audit log."""

    id: str
    who: str
    action: str
    subject: dict[str, Any]
    created: float


class Amounts(Given):
    """How much of each part of a look: 0 takes it away exactly, 1 is the default."""

    strength: Annotated[float, Field(ge=0, le=1.5)] = 1.0
    mood: Annotated[float, Field(ge=0, le=1.5)] = 1.0
    normalise: Annotated[float, Field(ge=0, le=1)] = 1.0


class Controls(Amounts):
    """The same, and skin."""

    skin: Annotated[float, Field(ge=0, le=1.5)] = 0.0
    """How far skin goes to that of the feed."""


class ApplyGiven(Given):
    """Give a look to photos, at full size."""

    kind: Literal["apply"]
    look: Id
    photos: Annotated[list[Id], Field(min_length=1, max_length=500)]
    controls: Controls = Controls()
    keep_location: bool = False
    personal: bool = False
    """As the caller likes it."""


class LearnGiven(Given):
    """Learn a look from photos, which are deleted afterwards."""

    kind: Literal["learn"]
    name: Name
    photos: Annotated[list[Id], Field(min_length=1, max_length=500)]
    consent: Consent
    """Statement of the person whose photos these are."""
    adapt: bool = False
    certain: bool = False
    """These photos are known to have one look: give its light and palette in full."""
    minutes: Annotated[float, Field(gt=0, le=10)] = 2.0
    seed: Annotated[int, Field(ge=0, le=2**32 - 1)] = 0


class AvatarsGiven(Given):
    """Make a set of avatars of the largest face in a photo."""

    kind: Literal["avatars"]
    look: Id
    photo: Id
    count: Annotated[int, Field(ge=1, le=32)] = 8
    size: Annotated[int, Field(ge=256, le=2048)] = 1024
    """Of the squares, in pixels."""
    makeup: Annotated[float, Field(ge=0, le=1)] = 0.5
    """At most so much of the look's makeup."""
    seed: Annotated[int, Field(ge=0, le=2**32 - 1)] = 0


class CampaignGiven(Given):
    """Give looks to photos, for an audience."""

    kind: Literal["campaign"]
    name: Name
    photos: Annotated[list[Id], Field(min_length=1, max_length=500)]
    looks: Annotated[list[Id], Field(min_length=1, max_length=12)]
    audience: Literal["everyone", "user", "each"] = "everyone"
    """Everyone sees the looks as they are; a user gets each as they like it; each user gets the
    one that suits them best."""
    user: UserName = "me"
    """Whom it is for, where ``audience`` is ``user``."""
    controls: Amounts = Amounts()


class PrepareGiven(Given):
    """Read a photo, so that it can be looked at."""

    kind: Literal["prepare"]
    photo: Id


JobKind = Literal["prepare", "apply", "learn", "avatars", "campaign"]
JobGiven = Annotated[
    ApplyGiven | LearnGiven | AvatarsGiven | CampaignGiven | PrepareGiven,
    Field(discriminator="kind"),
]


class BlendGiven(Given):
    """Mix looks."""

    name: Name
    looks: Annotated[list[Id], Field(min_length=2, max_length=8)]
    weights: Annotated[list[Annotated[float, Field(ge=0, le=1e6)]], Field(min_length=2)]


class Like(BaseModel):
    """Weight of one direction of taste: above 0 more of it is liked, below 0 less."""

    name: str
    mean: float
    deviation: float


class Profile(BaseModel):
    """What is known of a user. ``state``: cold, warming or ready."""

    id: str
    state: str
    evidence: float
    certainty: float
    likes: list[Like]


class ChoiceGiven(Given):
    """Nothing for a pair of the quiz; a look and a photo for variants."""

    look: Id | None = None
    photo: Id | None = None
    count: Annotated[int, Field(ge=2, le=12)] = 6


class Choice(BaseModel):
    """Versions 0 to ``count`` − 1 of a photo."""

    id: str
    photo: str
    look: str | None
    count: int


class ChosenGiven(Given):
    """Which version is preferred."""

    option: Annotated[int, Field(ge=0, le=23)]


class FeedbackGiven(Given):
    """What a user says of a look on a photo."""

    look: Id
    photo: Id
    reaction: Literal["like", "dislike"]
    user: UserName = "me"


class RecommendationsGiven(Given):
    """For whom, and on which photo."""

    photo: Id
    user: UserName = "me"
    count: Annotated[int, Field(ge=1, le=60)] = 10


class Recommendation(BaseModel):
    """How probably the user prefers the photo with this look."""

    look: str
    name: str
    probability: float
