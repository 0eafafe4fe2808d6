#!/usr/bin/env bash
# Deploys the unchanged CDK app to MiniStack and runs the end-to-end spec against it.
npm run test:localstack -- --emulator ministack
