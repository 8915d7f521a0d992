from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from summit.agenda.views import summit_for
from summit.delegations.queries import delegations_of
from summit.errors import Refused
from summit.questions import actions
from summit.questions.models import Question


@login_required
@require_http_methods(["GET", "POST"])
def question(request: HttpRequest, summit: str, question: int) -> HttpResponse:
    """One question to my delegation and its answer. 404 for everybody else. A refused answer is shown again as typed."""
    gathering, person = summit_for(request, summit)
    now = timezone.now()
    mine = Question.objects.filter(summit=gathering, delegation__in=delegations_of(person, gathering, now))
    row = get_object_or_404(mine.select_related("delegation", "item", "answered_by"), pk=question, withdrawn_at=None)
    typed, fault = "", ""
    if request.method == "POST":
        typed = request.POST.get("answer", "")
        try:
            actions.answer_question(row.pk, typed, by=person, now=now)
        except Refused as refused:
            fault = str(refused.message)
        else:
            messages.success(request, _("The secretariat has your answer."))
            return redirect("summit", gathering.slug)
    context = {"question": row, "typed": typed, "fault": fault, "limit": actions.ANSWER}
    return render(request, "questions/question.html", context, status=422 if fault else 200)
