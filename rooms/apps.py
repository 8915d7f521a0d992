from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RoomsConfig(AppConfig):
    """The summit live: sockets, media, corridors."""

    name = "rooms"
    verbose_name = _("Rooms")

    def ready(self) -> None:
        from rooms import retention  # noqa: F401  registers what rooms keep
