"""The WSGI application, for gunicorn (ADR 0002) or any other WSGI server that tells a cut body from a whole one."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = get_wsgi_application()
