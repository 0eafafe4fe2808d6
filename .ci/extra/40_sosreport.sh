#!/usr/bin/env bash
# Reads real reports of the sos command, from Debian's package sosreport.
if ! command -v sos >/dev/null; then
  (apt-get update && apt-get install -y --no-install-recommends sosreport) >/dev/null 2>&1
fi
if ! command -v sos >/dev/null; then
  echo "there is no sos and it cannot be installed from Debian's packages"
  exit 77
fi
if [ "$(id -u)" -ne 0 ]; then
  echo "sos reports need root"
  exit 77
fi
npm run test:sosreport
