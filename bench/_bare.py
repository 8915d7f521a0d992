"""The product's addresses and one view that does nothing, for `bench pages`."""

from django.http import HttpRequest, HttpResponse
from django.urls import path

from summit.config.urls import urlpatterns


def bare(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok")


urlpatterns = [path("bare/", bare), *urlpatterns]
