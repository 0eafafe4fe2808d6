#!/usr/bin/env bash
# Has veraPDF check every PDF advisory against PDF/UA-1. Needs a JDK and Maven, both Debian's packages.
if ! java --list-modules 2>/dev/null | grep -q '^jdk.compiler@' || ! command -v mvn >/dev/null; then
  (apt-get update && apt-get install -y --no-install-recommends default-jdk-headless maven) >/dev/null 2>&1
fi
npm run test:pdf
