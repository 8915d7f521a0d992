"""The chair's desk: the states it shows are the floor's topics, given here under the desk's own name."""

from summit.floor.topics import agenda_state, desk_state, meeting_state

__all__ = ["agenda_state", "desk_state", "meeting_state"]
