"""The pages of the review journey. A view reads the address, asks for the page, renders it; nothing else."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from sidoba_server.core.actor import Actor
from sidoba_server.core.refusals import InvalidParameter, Refusal
from sidoba_server.filings import actions
from sidoba_server.filings.queries import filing_with_id
from sidoba_server.front.review import pages
from sidoba_server.front.review.runs import run_page


@require_safe
def filings(request: HttpRequest, actor: Actor) -> HttpResponse:
    """« Mes collectes »."""
    page = pages.filings_page(actor, after=request.GET.get("apres"))
    return render(request, "front/review/filings.html", {"page": page})


@require_safe
def filing(request: HttpRequest, actor: Actor, filing_id: UUID) -> HttpResponse:
    """One filing."""
    return render(request, "front/review/filing.html", {"page": pages.filing_page(actor, filing_id)})


@require_http_methods(["GET", "HEAD", "POST"])
def hand_over(request: HttpRequest, actor: Actor, filing_id: UUID) -> HttpResponse:
    """The button; its address opened otherwise (after logging in again) leads to the filing."""
    if request.method != "POST":
        return redirect("filing", filing_id=filing_id)
    filing_with_id(actor, filing_id)
    revision = _revision(request)
    try:
        actions.hand_over(actor, filing_id=filing_id, revision=revision)
    except Refusal as refusal:
        page = pages.filing_page(actor, filing_id, refused_because=refusal)
        return render(request, "front/review/filing.html", {"page": page}, status=refusal.status)
    messages.success(request, "La collecte est remise à la signature : la direction peut la signer.")
    return redirect("filing", filing_id=filing_id)


@require_safe
def anomalies(request: HttpRequest, actor: Actor, filing_id: UUID) -> HttpResponse:
    """The anomalies of a filing, one by one."""
    rule, after = request.GET.get("regle", ""), request.GET.get("apres")
    page = pages.anomalies_page(actor, filing_id, rule=rule, after=after)
    return render(request, "front/review/anomalies.html", {"page": page})


@require_safe
def documents(request: HttpRequest, actor: Actor, filing_id: UUID) -> HttpResponse:
    """The accepted documents of a filing."""
    page = pages.documents_page(actor, filing_id, after=request.GET.get("apres"))
    return render(request, "front/review/documents.html", {"page": page})


@require_safe
def run(request: HttpRequest, actor: Actor, run_id: UUID) -> HttpResponse:
    """One run and its documents."""
    status, document = request.GET.get("statut", ""), request.GET.get("document", "")
    page = run_page(actor, run_id, status=status, document=document, after=request.GET.get("apres"))
    return render(request, "front/review/run.html", {"page": page})


def _revision(request: HttpRequest) -> int:
    """The revision the page showed."""
    text = request.POST.get("revision", "")
    if not text.isdecimal() or len(text) > 9:
        raise InvalidParameter(parametre="revision", attendu="la version de la collecte que la page montrait")
    return int(text)
