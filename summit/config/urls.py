"""The whole URL map on one page."""

from django.contrib import admin
from django.urls import include, path
from django.views.decorators.cache import cache_control
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import conditional_page
from django.views.i18n import JavaScriptCatalog

from rooms import views as rooms
from summit.accreditation import checkin
from summit.accreditation import desk as accreditation
from summit.accreditation import photo_pages as photos
from summit.accreditation import views as focal
from summit.agenda import feeds
from summit.agenda import views as agenda
from summit.bilaterals import views as bilaterals
from summit.committee import views as committee
from summit.config import home, metrics, pages
from summit.config.organising import with_second_factor as staff
from summit.credentials import sso
from summit.credentials import views as credentials
from summit.minutes import desk as minutes_desk
from summit.minutes import sound as minutes_sound
from summit.minutes import views as minutes
from summit.notices import views as notices
from summit.people import views as people
from summit.questions import views as questions
from summit.retention import views as retention
from summit.search import views as search
from summit.seating import views as seating

# The words of the scripts: 150 kB in Arabic, on every page. They hold no secret, so that compressing them gives none away,
# and a browser that has them is told so.
texts = JavaScriptCatalog.as_view(packages=["summit", "rooms"])
texts = gzip_page(cache_control(private=True, no_cache=True)(conditional_page(texts)))

urlpatterns = [
    path("", home.home, name="home"),
    path("s/<slug:summit>/", home.summit, name="summit"),
    path("s/<slug:summit>/agenda/", agenda.agenda, name="agenda"),
    path("s/<slug:summit>/papers/", agenda.papers, name="papers"),
    path("s/<slug:summit>/papers/<int:file>/", agenda.paper_file, name="paper_file"),
    path("s/<slug:summit>/meetings/", agenda.meetings, name="meetings"),
    path("s/<slug:summit>/delegations/", agenda.delegations, name="delegations"),
    path("s/<slug:summit>/delegations/<slug:delegation>/people/", focal.desk, name="focal_desk"),
    path("s/<slug:summit>/delegations/<slug:delegation>/people/new/", focal.nominate, name="focal_nominate"),
    path("s/<slug:summit>/delegations/<slug:delegation>/people/<int:nomination>/", focal.change, name="focal_change"),
    path("s/<slug:summit>/seating/", seating.plan, name="seating"),
    path("s/<slug:summit>/seating/plan.pdf", seating.pdf, name="seating_pdf"),
    path("s/<slug:summit>/seating/hall/", staff(seating.hall), name="seating_hall"),
    path("s/<slug:summit>/accreditation/", staff(accreditation.desk), name="accreditation_desk"),
    path("s/<slug:summit>/accreditation/rules/", staff(accreditation.rules), name="accreditation_rules"),
    path("s/<slug:summit>/accreditation/<int:accreditation>/", staff(accreditation.person), name="accreditation_of"),
    path("s/<slug:summit>/check-in/", checkin.page, name="checkin"),
    path("s/<slug:summit>/check-in/list.json", checkin.known, name="checkin_list"),
    path("s/<slug:summit>/check-in/photos.json", checkin.pictures, name="checkin_photos"),
    path("s/<slug:summit>/check-in/scans/", checkin.scans, name="checkin_scans"),
    path("s/<slug:summit>/check-in/worker.js", checkin.worker, name="checkin_worker"),
    path("s/<slug:summit>/photo/", photos.own, name="photo"),
    path("s/<slug:summit>/people/<int:accreditation>/photo/", photos.of, name="photo_of"),
    path("s/<slug:summit>/people/<int:accreditation>/photo.jpg", photos.image, name="badge_photo"),
    path("s/<slug:summit>/calendar/", feeds.feeds, name="calendar_feeds"),
    path("s/<slug:summit>/search/", search.found, name="search"),
    path("s/<slug:summit>/notices/", notices.notices, name="notices"),
    path("s/<slug:summit>/questions/<int:question>/", questions.question, name="question"),
    path("calendar/<str:token>.ics", feeds.feed, name="calendar_feed"),
    path("s/<slug:summit>/meetings/<slug:meeting>/", agenda.meeting, name="meeting"),
    path("s/<slug:summit>/meetings/<slug:meeting>/lobby/", rooms.lobby, name="lobby"),
    path("s/<slug:summit>/meetings/<slug:meeting>/room/", rooms.room, name="room"),
    path("s/<slug:summit>/meetings/<slug:meeting>/desk/", rooms.desk, name="desk"),
    path("s/<slug:summit>/meetings/<slug:meeting>/hall/", rooms.hall, name="hall"),
    path("s/<slug:summit>/meetings/<slug:meeting>/help/", rooms.help_call, name="help"),
    path("s/<slug:summit>/minutes/", minutes.listing, name="minutes"),
    path(
        "s/<slug:summit>/meetings/<slug:meeting>/minutes/",
        include(
            [
                path("", minutes.document, name="minutes_of"),
                path("approve/", minutes.approve, name="minutes_approve"),
                path("revisions/", minutes.revisions, name="minutes_revisions"),
                path("revisions/<int:number>/", minutes.revision, name="minutes_revision"),
                path("files/", minutes.exports, name="minutes_exports"),
                path("files/<int:export>/", minutes.download, name="minutes_export"),
                path("sound/<int:sound>/", minutes_sound.sound, name="minutes_sound"),
                path("desk/", minutes_desk.desk, name="minutes_desk"),
                path("desk/state/", minutes_desk.state, name="minutes_state"),
                path("desk/<int:entry>/", minutes_desk.save, name="minutes_prose"),
                path("desk/<int:entry>/versions/", minutes_desk.versions, name="minutes_versions"),
            ]
        ),
    ),
    path(
        "s/<slug:summit>/credentials/",
        include(
            [
                path("", staff(committee.desk), name="credentials_desk"),
                path("draft/", staff(committee.draft), name="credentials_draft"),
                path("<slug:delegation>/", staff(committee.delegation), name="credentials_of"),
                path("<slug:delegation>/state/", staff(committee.move), name="credentials_move"),
                path("<slug:delegation>/letters/<int:letter>/", staff(committee.letter), name="credentials_letter"),
                path("<slug:delegation>/powers/", staff(committee.enter_powers), name="powers_enter"),
                path("<slug:delegation>/powers/<int:powers>/", staff(committee.revoke_powers), name="powers_revoke"),
            ]
        ),
    ),
    path("s/<slug:summit>/corridors/", rooms.corridors, name="corridors"),
    path("s/<slug:summit>/corridors/tables/", rooms.table_cards, name="table_cards"),
    path("s/<slug:summit>/bilaterals/", bilaterals.desk, name="bilaterals"),
    path("seat/", rooms.seat, name="seat"),
    path("screen/<str:token>/", rooms.screen, name="screen"),
    path("invitation/<str:token>/", credentials.invitation, name="invitation"),
    path("account/settings/", people.own_settings, name="own_settings"),
    path("account/data/", retention.own_data, name="own_data"),
    path("admin/", admin.site.urls),
    path("account/oidc/<str:provider_id>/login/", sso.leave),  # before allauth's own of these addresses
    path("account/oidc/<str:provider_id>/login/callback/", sso.come_back),
    path("account/", include("allauth.urls")),
    path("i18n/", include("django.conf.urls.i18n")),
    path("i18n/texts.js", texts, name="texts"),
    path("livez", pages.livez, name="livez"),
    path("readyz", pages.readyz, name="readyz"),
    path("metrics", metrics.metrics, name="metrics"),
]
