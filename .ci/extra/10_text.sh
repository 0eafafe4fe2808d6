#!/usr/bin/env bash
# Lints the Japanese advisories as prose. Needs only npm.
npm run lint:text
