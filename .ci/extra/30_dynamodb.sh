#!/usr/bin/env bash
# Holds the repository on DynamoDB to its spec against Amazon's DynamoDB Local, which needs a JDK.
java --list-modules 2>/dev/null | grep -q '^jdk.compiler@' ||
  (apt-get update && apt-get install -y --no-install-recommends default-jdk-headless) >/dev/null 2>&1
npm run test:dynamodb
