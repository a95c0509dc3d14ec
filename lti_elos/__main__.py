"""`python -m lti_elos` is `lti-elos`."""

import sys

from lti_elos.cli import main

sys.exit(main())
