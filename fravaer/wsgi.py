"""By which door do web servers come in?"""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fravaer.settings")

application = get_wsgi_application()
