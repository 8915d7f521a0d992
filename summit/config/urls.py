"""The whole URL map on one page."""

from django.contrib import admin
from django.urls import include, path
from django.views.i18n import JavaScriptCatalog

urlpatterns = [
    path("admin/", admin.site.urls),
    path("account/", include("allauth.urls")),
    path("i18n/", include("django.conf.urls.i18n")),
    path("i18n/texts.js", JavaScriptCatalog.as_view(packages=["summit", "rooms"]), name="texts"),
]
