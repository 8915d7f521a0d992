"""The media node: packets of sound and picture, forwarded and never decoded.

A process of its own (`python -m rooms.sfu`): no Django, no database, no secret, no names of people.
Its door is described in `DOOR.md`; `rooms/media.py` is the only way in from the web process.
"""
