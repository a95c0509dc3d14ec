"""lti_elos: the LTI 1.3 tool that puts an Elos meeting behind an LMS link."""

__version__ = "0.1.0"
