"""What the labels mean, as HTML: definitions and examples beside the labels, and every version of them."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape

from db.records import AddedLabel
from emodemo.guidance import Guide, Pin
from emodemo.html import button, records
from emodemo.translation import _, named


def guidelines(guides: Iterable[Guide], pinned: Mapping[str, Sequence[Pin]]) -> str:
    """Each emotion's definition and examples, and the texts that set it off from others."""
    return "".join(_meaning(guide, guide.label, pinned.get(guide.label, ())) for guide in guides)


def meanings(labels: Iterable[AddedLabel]) -> str:
    """The same of labels that people added, in the colours of their emotions."""
    return "".join(
        _meaning(Guide(label.name, label.definition, tuple(filter(None, [label.example]))), label.emotion)
        for label in labels
    )


def _meaning(guide: Guide, emotion: str, pinned: Sequence[Pin] = ()) -> str:
    return (
        f'<div style="--c:var(--{escape(emotion)})"><dt class="emotion">{escape(named(guide.label))}</dt>'
        f"<dd>{_guide(guide)}{''.join(map(_pin, pinned))}</dd></div>"
    )


def _guide(guide: Guide) -> str:
    """The file's definitions are translated; what reviewers wrote is shown as they wrote it."""
    return " ".join(
        [escape(_(guide.definition)), *(f'<q lang="en">{escape(example)}</q>' for example in guide.examples)]
    )


def _pin(pin: Pin) -> str:
    decided = _("{right}, not {wrong}: a reviewer decided.", right=named(pin.right), wrong=named(pin.wrong))
    return f'<p class="pin" style="--c:var(--{escape(pin.right)})"><q lang="en">{escape(pin.text)}</q> {escape(decided)}</p>'


def versions(guides: Sequence[Guide]) -> str:
    """Every version of a guideline, the newest first; each but the newest can be brought back."""
    rows = [
        (
            *(f"{cell}" for cell in (guide.version, escape(guide.made), escape(guide.author), _guide(guide))),
            button("version", guide.version, _("Bring back"), _("Bring version {n} back", n=guide.version))
            if n
            else _("holds now"),
        )
        for n, guide in enumerate(guides)
    ]
    return records((_("version"), "UTC", _("by"), _("what it says"), ""), rows)
