#!/usr/bin/env bash
# Bring the catalogues up to date: collect the sentences, merge, compile. Then translate what is empty in
# lti_elos/translations/*/LC_MESSAGES/messages.po and run it again (a test finds what was forgotten).
set -euo pipefail
cd "$(dirname "$0")/.."
bin=.venv/bin
pot=$(mktemp)
trap 'rm -f "$pot"' EXIT
$bin/pybabel -q extract -F configs/babel.cfg -k _l --add-location=file -w 120 --project=lti-elos -o "$pot" .
for language in pt_BR es; do
  catalogue=lti_elos/translations/$language/LC_MESSAGES/messages.po
  if [ -e "$catalogue" ]; then
    $bin/pybabel -q update -i "$pot" -o "$catalogue" -l "$language" -N -w 120 --ignore-obsolete --ignore-pot-creation-date
  else
    $bin/pybabel -q init -i "$pot" -d lti_elos/translations -l "$language" -w 120
  fi
done
$bin/pybabel -q compile -d lti_elos/translations
