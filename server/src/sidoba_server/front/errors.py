"""Pages of what went wrong, in French: never a trace, always the correlation id to quote."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string

from sidoba_server.core.refusals import InternalFault, NotFound, Refusal
from sidoba_server.front.house import house


def refused(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """The page of a refusal; what may not be seen and what does not exist give the same one."""
    if isinstance(refusal, NotFound):
        return render(request, "404.html", status=refusal.status)
    return render(request, "front/refused.html", {"refusal": refusal}, status=refusal.status)


def server_error(request: HttpRequest) -> HttpResponse:
    """`handler500`: we are at fault; the trace is in the log, under the correlation id shown."""
    # Without the request: neither session nor message is read, the fault may well be the database's.
    return HttpResponse(render_to_string("500.html", house(request)), status=InternalFault().status)
