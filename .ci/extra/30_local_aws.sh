#!/usr/bin/env bash
# Deploys the unchanged CDK app to a local AWS and runs the end-to-end spec against it.
npm run test:localstack
