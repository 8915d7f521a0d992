from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SummitConfig(AppConfig):
    """The summit itself: who, what, when, in whose name."""

    name = "summit"
    verbose_name = _("Summit")

    def ready(self) -> None:
        from allauth.mfa.signals import authenticator_added
        from django.db.models.signals import post_migrate
        from django.utils import timezone

        from summit import live
        from summit.agenda.calendar import on_feed
        from summit.bilaterals.calendar import events
        from summit.credentials.stepup import whoever_adds_it_has_it
        from summit.floor.actions import stop_unentitled
        from summit.floor.topics import tell_agenda
        from summit.record import guard
        from summit.search import engine
        from summit.summits import production  # noqa: F401  its check registers itself

        post_migrate.connect(guard.install, sender=self)
        on_feed(events)
        post_migrate.connect(engine.install, sender=self)
        authenticator_added.connect(whoever_adds_it_has_it)
        live.on_agenda(tell_agenda)
        live.on_standing(lambda meeting: stop_unentitled(meeting, now=timezone.now()))
