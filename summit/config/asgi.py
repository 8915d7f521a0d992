"""HTTP goes to Django, WebSockets to the rooms."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "summit.config.settings")

from django.core.asgi import get_asgi_application

http = get_asgi_application()  # before anything that imports models

from channels.routing import ProtocolTypeRouter  # noqa: E402

import summit.config.celery  # noqa: E402, F401  tasks queued here go to our broker
from rooms.house import lifespan  # noqa: E402
from rooms.routing import sockets  # noqa: E402
from summit.config.bodies import bounded  # noqa: E402

application = ProtocolTypeRouter({"http": bounded(http), "websocket": sockets, "lifespan": lifespan})
