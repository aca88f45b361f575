#!/bin/bash
# The rival on a bare node: the documented steps one after the other, downloads and the pulling of images beside them.
# https://kubernetes.io/docs/setup/production-environment/container-runtimes/ and …/tools/kubeadm/install-kubeadm/,
# https://github.com/containerd/containerd/blob/main/docs/getting-started.md
set -eu
cd "$(dirname "$0")"
. ./settings
mark() { echo "mark $1 $(date +%s%3N)"; }
# In the place of curl, which the lab's nodes do not have: bash brings bytes over plain HTTP, as it does for kubestrap there.
fetch() { # PATH FILE
	local authority=${MIRROR#http://} version status rest header
	exec 3<>"/dev/tcp/${authority%:*}/${authority##*:}"
	printf 'GET /%s HTTP/1.0\r\nHost: %s\r\n\r\n' "$1" "$authority" >&3
	read -r version status rest <&3
	[ "$status" = 200 ]
	while read -r header <&3 && [ "${header%?}" != '' ]; do :; done
	cat <&3 >"$2"
}
get() { # PATH: from the mirror, compared with its published checksum
	local file=${1##*/}
	fetch "$1" "$file"
	fetch "$1.sha256" "$file.sha256"
	echo "$(cat "$file.sha256")  $file" | sha256sum --check --status
}

mark begin
get "containerd/containerd/releases/download/$CONTAINERD/containerd-${CONTAINERD#v}-linux-amd64.tar.gz" & containerd=$!
get "opencontainers/runc/releases/download/$RUNC/runc.amd64" & runc=$!
get "release/$KUBERNETES/bin/linux/amd64/kubeadm" & kubeadm=$!
get "kubernetes-sigs/cri-tools/releases/download/$CRICTL/crictl-$CRICTL-linux-amd64.tar.gz" & crictl=$!
get "release/$KUBERNETES/bin/linux/amd64/kubelet" & kubelet=$!
get "release/$KUBERNETES/bin/linux/amd64/kubectl" & kubectl=$!
get "containernetworking/plugins/releases/download/$CNI/cni-plugins-linux-amd64-$CNI.tgz" & cni=$!

# Kernel modules and sysctls. In a container the modules are the host's, and there already.
printf 'overlay\nbr_netfilter\n' >/etc/modules-load.d/k8s.conf
modprobe -a overlay br_netfilter 2>/dev/null || [ -d /proc/sys/net/bridge ]
cat >/etc/sysctl.d/k8s.conf <<END
net.bridge.bridge-nf-call-iptables  = 1
net.bridge.bridge-nf-call-ip6tables = 1
net.ipv4.ip_forward                 = 1
END
sysctl -q -p /etc/sysctl.d/k8s.conf
# Without a default route, packets to Services need one of their own.
ip route replace 10.96.0.0/12 dev eth0

cat >/etc/systemd/system/containerd.service <<END
[Unit]
Description=containerd container runtime
After=network.target dbus.service local-fs.target

[Service]
ExecStart=/usr/local/bin/containerd
Type=notify
Delegate=yes
KillMode=process
Restart=always
RestartSec=5
LimitNPROC=infinity
LimitCORE=infinity
TasksMax=infinity
OOMScoreAdjust=-999

[Install]
WantedBy=multi-user.target
END
for upstream in registry.k8s.io ghcr.io docker.io; do
	mkdir -p "/etc/containerd/certs.d/$upstream"
	printf 'server = "https://%s"\n[host."%s"]\n  capabilities = ["pull", "resolve"]\n' "$upstream" "$REGISTRY" >"/etc/containerd/certs.d/$upstream/hosts.toml"
done
wait "$containerd"
tar -xzf "containerd-${CONTAINERD#v}-linux-amd64.tar.gz" -C /usr/local
containerd config default | sed \
	-e 's/SystemdCgroup = false/SystemdCgroup = true/' \
	-e 's/restrict_oom_score_adj = false/restrict_oom_score_adj = true/' \
	-e "s#config_path = .*#config_path = '/etc/containerd/certs.d'#" \
	-e "s#sandbox = .*#sandbox = '$PAUSE'#" >/etc/containerd/config.toml
wait "$runc"
install -m 755 runc.amd64 /usr/local/sbin/runc
systemctl daemon-reload
systemctl enable --quiet --now containerd
mark 'containerd'

wait "$kubeadm"
install -m 755 kubeadm /usr/bin/kubeadm
wait "$crictl"
tar -xzf "crictl-$CRICTL-linux-amd64.tar.gz" -C /usr/local/bin
kubeadm config images pull --config kubeadm.yaml & images=$!

wait "$kubelet"
wait "$kubectl"
install -m 755 kubelet kubectl /usr/bin/
wait "$cni"
mkdir -p /opt/cni/bin
tar -xzf "cni-plugins-linux-amd64-$CNI.tgz" -C /opt/cni/bin
mkdir -p /usr/lib/systemd/system/kubelet.service.d
cat >/usr/lib/systemd/system/kubelet.service <<END
[Unit]
Description=kubelet: The Kubernetes Node Agent
Wants=network-online.target
After=network-online.target

[Service]
ExecStart=/usr/bin/kubelet
Restart=always
StartLimitInterval=0
RestartSec=10

[Install]
WantedBy=multi-user.target
END
cat >/usr/lib/systemd/system/kubelet.service.d/10-kubeadm.conf <<'END'
[Service]
Environment="KUBELET_KUBECONFIG_ARGS=--bootstrap-kubeconfig=/etc/kubernetes/bootstrap-kubelet.conf --kubeconfig=/etc/kubernetes/kubelet.conf"
Environment="KUBELET_CONFIG_ARGS=--config=/var/lib/kubelet/config.yaml"
EnvironmentFile=-/var/lib/kubelet/kubeadm-flags.env
EnvironmentFile=-/etc/default/kubelet
ExecStart=
ExecStart=/usr/bin/kubelet $KUBELET_KUBECONFIG_ARGS $KUBELET_CONFIG_ARGS $KUBELET_KUBEADM_ARGS $KUBELET_EXTRA_ARGS
END
systemctl daemon-reload
systemctl enable --quiet kubelet
mark 'kubelet, CNI'
wait "$images"
mark 'rest of the images'
./init.sh continued
