#!/usr/bin/env bash
# Prints (last line of stdout) a folder with kube-apiserver and etcd, building it from Go modules when it is not there yet.
# The first build takes five to ten minutes on two cores; afterwards this returns at once.
# Nobody packages kube-apiserver for npm or a distribution, and the Go module proxy has its source at an exact version.
# KUBEBUILDER_ASSETS   a folder that already has both programs (for example from setup-envtest): nothing is built
# CDK8S_LLM_D_CACHE    where builds are kept (default: ${XDG_CACHE_HOME:-~/.cache}/cdk8s-llm-d)
set -euo pipefail

kubernetes=1.35.4
staging=v0.35.4
etcd=3.6.5

fail() {
  echo "$*" >&2
  exit 1
}

if [ -n "${KUBEBUILDER_ASSETS:-}" ]; then
  for program in kube-apiserver etcd; do
    [ -x "$KUBEBUILDER_ASSETS/$program" ] || fail "KUBEBUILDER_ASSETS=$KUBEBUILDER_ASSETS has no executable '$program'."
  done
  (cd "$KUBEBUILDER_ASSETS" && pwd)
  exit
fi

root=${CDK8S_LLM_D_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/cdk8s-llm-d}/control-plane
finished=$root/kubernetes-$kubernetes-etcd-$etcd
if [ -d "$finished" ]; then
  echo "$finished"
  exit
fi
command -v go >/dev/null || fail "No kube-apiserver to test against: install Go (https://go.dev/dl) so that one can be built," \
  "or set KUBEBUILDER_ASSETS to a folder that has kube-apiserver and etcd (setup-envtest downloads one)."

mkdir -p "$root"
# A build that was killed could not clean up; one that is a day old is not running any more.
find "$root" -maxdepth 1 -name 'building.*' -mtime +1 -exec rm -rf {} +
building=$(mktemp -d "$root/building.XXXXXX")
trap 'rm -rf "$building"' EXIT
trap 'exit 130' INT TERM HUP
mkdir "$building/source" "$building/bin"
cd "$building/source"

echo "Building kube-apiserver $kubernetes and etcd $etcd into $finished (five to ten minutes, once)" >&2
(cd / && go mod download "k8s.io/kubernetes@v$kubernetes")
upstream=$(go env GOMODCACHE)/k8s.io/kubernetes@v$kubernetes/go.mod
# Kubernetes replaces its staging modules by folders of its repository. A module that depends on it has to name the
# published version of each of them instead, which is why `go install k8s.io/kubernetes/...` does not work.
{
  printf 'module control-plane.test\n\n'
  grep -E '^go [0-9]' "$upstream"
  printf '\nrequire (\n\tk8s.io/kubernetes v%s\n\tgo.etcd.io/etcd/server/v3 v%s\n)\n\nreplace (\n' "$kubernetes" "$etcd"
  awk -v version="$staging" '$1 ~ /^k8s\.io\// && $2 == "=>" && $3 ~ /^\.\/staging/ { print "\t" $1 " => " $1 " " version }' "$upstream"
  printf ')\n'
} >go.mod

stamp=k8s.io/component-base/version
build() { # output package ldflags
  CGO_ENABLED=0 go build -mod=mod -buildvcs=false -trimpath -tags 'selinux notest grpcnotrace' -ldflags "-s -w $3" -o "$building/bin/$1" "$2" >&2
}
build etcd go.etcd.io/etcd/server/v3 ''
# Without the stamp the API server calls itself v0.0.0-master, and nobody reading a log could tell which version refused an object.
build kube-apiserver k8s.io/kubernetes/cmd/kube-apiserver \
  "-X $stamp.gitVersion=v$kubernetes -X $stamp.gitMajor=1 -X $stamp.gitMinor=${staging:3:2} -X k8s.io/client-go/pkg/version.gitVersion=v$kubernetes"

# The rename is the last step, so the folder exists only when both programs are complete.
[ -d "$finished" ] || mv "$building/bin" "$finished"
echo "$finished"
