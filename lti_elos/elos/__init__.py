"""Everything named by the Elos / BigBlueButton API. Nothing of LTI, tables or pages."""
