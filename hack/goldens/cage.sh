# Runs the real kubeadm where it can neither see nor touch this machine: own mounts, host name, network and processes, and a root of its own.
# sh cage.sh ROOT: ROOT holds bin/kubeadm, config.yaml and what that names. Leaves dry/ and the files out and err.
set -eu
root=$1
cd "$root"
mkdir -p proc tmp dry etc/kubernetes etc/ssl/certs etc/ca-certificates usr/share/ca-certificates usr/local/share/ca-certificates var/lib/kubelet
mount -t proc proc proc
hostname cp1
# Preflight is left out, because nothing here is a node; an init system is not found, so no service is touched either.
exec env -i HOME=/tmp KUBEADM_INIT_DRYRUN_DIR=/dry /usr/sbin/chroot "$root" \
	/bin/kubeadm init --config=config.yaml --dry-run --skip-phases=preflight >out 2>err
