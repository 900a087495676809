#!/usr/bin/env bash
# usage: base-image.sh STORE NAME
# Makes a base image for tests without a registry: Node 24 (from the npm package node-linux-*), the shared libraries it needs, and a
# shell for looking around. STORE is a folder of its own for buildah.
# CDK8S_LLM_D_CACHE   where Node is kept (default: ${XDG_CACHE_HOME:-~/.cache}/cdk8s-llm-d)
set -euo pipefail

store=$1 name=$2
version=24.21.0
cache=${CDK8S_LLM_D_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/cdk8s-llm-d}/node-$version
buildah() { command buildah --root "$store/root" --runroot "$store/run" --storage-driver vfs "$@"; }

case $(uname -m) in x86_64) platform=x64 ;; aarch64) platform=arm64 ;; *) echo "no Node for $(uname -m)" >&2; exit 1 ;; esac
if ! [ -x "$cache/bin/node" ]; then
  draft=$(mktemp -d)
  trap 'rm -rf "$draft"' EXIT
  (cd "$draft" && npm pack --silent "node-linux-$platform@$version" >/dev/null && tar xzf ./*.tgz)
  mkdir -p "$cache/bin"
  cp "$draft/package/bin/node" "$cache/bin/node.new"
  chmod +x "$cache/bin/node.new"
  mv "$cache/bin/node.new" "$cache/bin/node"
fi

container=$(buildah from scratch)
root=$(buildah mount "$container")
mkdir -p "$root"/{usr/bin,etc,tmp,proc,dev,sys}
ln -s usr/bin "$root/bin"
# The loader and every library, at the paths where the loader looks for them.
copy() {
  install -D "$1" "$root$2"
  ldd "$1" | grep -oE '/[^ ]+' | sort -u | while read -r library; do
    install -D "$library" "$root$library"
  done
}
copy "$cache/bin/node" /usr/bin/node
copy "$(command -v sh)" /usr/bin/sh
# The addon of zeromq wants these too.
for library in libstdc++.so.6 libgcc_s.so.1 libm.so.6 libpthread.so.0 libdl.so.2 librt.so.1; do
  # Read to its end: leaving early would break the pipe, now and then, and with it this script.
  path=$(ldconfig -p | awk -v l="$library" '$1 == l && !found++ { print $NF }')
  [ -z "$path" ] || install -D "$path" "$root$path"
done
echo 'root:x:0:0:root:/:/bin/sh' >"$root/etc/passwd"
buildah config --env PATH=/usr/bin:/bin "$container"
buildah commit -q "$container" "$name" >/dev/null
buildah rm "$container" >/dev/null
