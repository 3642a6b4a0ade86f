"""The WSGI application that the web server runs."""

import os

from django.core.wsgi import get_wsgi_application

from fixaloop.headroom import with_headroom

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fixaloop.settings")

application = with_headroom(get_wsgi_application())
