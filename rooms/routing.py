"""The one WebSocket URL, behind an Origin check."""

from channels.auth import AuthMiddlewareStack
from channels.routing import URLRouter
from channels.security.websocket import AllowedHostsOriginValidator
from django.urls import path

from rooms.consumers import RoomConsumer

sockets = AllowedHostsOriginValidator(AuthMiddlewareStack(URLRouter([path("live/", RoomConsumer.as_asgi())])))
