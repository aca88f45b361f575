#!/bin/sh
# The rival on a prepared node that joins: `join.sh HASH`, the CA's hash as `kubeadm init` printed it.
# https://kubernetes.io/docs/setup/production-environment/tools/kubeadm/high-availability/
set -eu
cd "$(dirname "$0")"
. ./settings
sed "s/HASH/$1/" "$JOIN" >join.yaml
kubeadm join --config join.yaml --ignore-preflight-errors=SystemVerification
