/** How a broken node becomes a good one again without being made anew: everything that rows change was kept beside. */

/** What rows may change on a node, kept in /root/cause. */
const kept = `/etc/kubernetes /etc/containerd /etc/cni/net.d /etc/hosts /var/lib/kubelet/config.yaml /var/lib/kubelet/kubeadm-flags.env /var/lib/kubelet/pki /run/flannel`;

/** `sh -c`: once, while all is well. */
export const keep = `mkdir -p /root/cause && tar -C / -cf /root/cause/kept.tar ${kept.replaceAll(' /', ' ').slice(1)}
cp -p /usr/local/sbin/runc /etc/containerd/config.toml /root/cause/`;

/** Ends thieves, firewalls and names of tests: enough where nothing of Kubernetes was touched. */
export const tidy = `systemctl stop 'cause-*' 2>/dev/null
iptables -S | sed -n 's/^-A \\(.*cause-test.*\\)/-D \\1/p' | while read -r rule; do eval "iptables $rule"; done
tar -xOf /root/cause/kept.tar etc/hosts >/etc/hosts`;

/** Gives back what was kept, ends thieves, and starts runtime and kubelet anew. On the control plane it waits for the API. */
export const heal = `systemctl stop kubelet
${tidy}
for pod in kube-apiserver etcd kube-controller kube-scheduler; do pkill -9 -x $pod; done
rm -rf /run/systemd/system/*.service.d/99-cause.conf
for place in /proc/swaps /proc/cpuinfo /var/lib/etcd; do while grep -q " $place " /proc/self/mounts; do umount -l "$place" || break; done; done
if [ -d /root/cause/etcd ]; then rm -rf /var/lib/etcd/member && cp -a /root/cause/etcd /var/lib/etcd/member && rm -rf /root/cause/etcd; fi
cmp -s /root/cause/config.toml /etc/containerd/config.toml || touch /root/cause/restart
rm -rf /etc/kubernetes/manifests /etc/cni/net.d/*
tar -C / -xf /root/cause/kept.tar --exclude=etc/hosts
cmp -s /root/cause/runc /usr/local/sbin/runc || cp -p /root/cause/runc /usr/local/sbin/runc
systemctl daemon-reload
systemctl reset-failed
if [ -e /root/cause/restart ] || ! systemctl is-active -q containerd ; then systemctl restart containerd; rm -f /root/cause/restart; fi
systemctl start kubelet
[ -d /etc/kubernetes/pki/etcd ] || exit 0
for try in $(seq 1 600); do
	kubectl --kubeconfig=/etc/kubernetes/admin.conf --request-timeout=2s get --raw=/readyz >/dev/null 2>&1 && exit 0
	sleep 0.2
done
echo 'the API did not come back' >&2
exit 1`;
