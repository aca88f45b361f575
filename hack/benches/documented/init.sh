#!/bin/sh
# The rival on a prepared node: kubeadm as its documentation has it, then the same flannel and the same workload by kubectl.
# https://kubernetes.io/docs/setup/production-environment/tools/kubeadm/create-cluster-kubeadm/
set -eu
cd "$(dirname "$0")"
. ./settings
mark() { echo "mark $1 $(date +%s%3N)"; }

[ "${1:-}" = continued ] || mark begin
kubeadm init --config kubeadm.yaml $INIT_FLAGS --ignore-preflight-errors=SystemVerification
mark 'kubeadm init'
export KUBECONFIG=/etc/kubernetes/admin.conf
kubectl apply -f flannel.yaml
mark 'kubectl apply: flannel'
# The namespace's service account may be a moment late.
tries=0
until kubectl apply -f "$WORKLOAD"; do [ $((tries += 1)) -lt 300 ]; done
mark 'kubectl apply: workload'
