#!/usr/bin/env bash
# Opens every advisory in headless Chromium: accessibility, no request, printing. Chromium is Debian's package.
chromium=${CHROMIUM:-/usr/bin/chromium}
if [ ! -x "$chromium" ]; then
  (apt-get update && apt-get install -y --no-install-recommends chromium) >/dev/null 2>&1
fi
if [ ! -x "$chromium" ]; then
  echo "there is no Chromium and it cannot be installed from Debian's packages"
  exit 77
fi
CHROMIUM=$chromium npm run test:html
