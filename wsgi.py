"""For WSGI servers other than `lti-elos serve`: ``gunicorn wsgi:app``. Settings come from file and environment."""

from lti_elos.app import create_app, make_deps
from lti_elos.log import configure
from lti_elos.services.servers import keep_default
from lti_elos.settings import load_settings

settings = load_settings()
configure(settings.log_format, settings.log_level)
deps = make_deps(settings)
keep_default(deps)
app = create_app(deps)
