#!/usr/bin/env bash
# Deploys the unchanged CDK app to LocalStack, without Docker, and runs the end-to-end spec against it.
java --list-modules 2>/dev/null | grep -q '^jdk.compiler@' ||
  (apt-get update && apt-get install -y --no-install-recommends default-jdk-headless) >/dev/null 2>&1
npm run test:localstack -- --emulator localstack
