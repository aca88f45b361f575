# What a run that writes would leave on a node, a line each; asked before and after one that must not. Runs there as `sh -s`.
export LC_ALL=C
for place in /var/lib/kubestrap /run/kubestrap /etc/kubernetes /etc/containerd /etc/cni /etc/systemd/system /etc/sysctl.d /etc/modules-load.d \
	/var/lib/kubelet/config.yaml /var/lib/kubelet/kubeadm-flags.env /var/lib/kubelet/pki /opt/cni/bin /usr/bin /usr/local/bin /usr/local/sbin; do
	[ ! -e "$place" ] || find "$place" -printf 'file %p %T@ %C@ %s %m\n'
done
systemctl list-units --all --no-legend --no-pager --plain 'kubestrap*' | sed 's/^/unit /'
# A transient unit that has ended is gone from the list, but not from the log of process 1.
echo "units ever: $(journalctl -q --no-pager -o cat _PID=1 | grep -c kubestrap)"
conf=/etc/kubernetes/admin.conf
if [ -e "$conf" ]; then
	kinds=namespaces,configmaps,secrets,serviceaccounts,services,daemonsets.apps,deployments.apps,roles.rbac.authorization.k8s.io
	kinds=$kinds,rolebindings.rbac.authorization.k8s.io,clusterroles.rbac.authorization.k8s.io,clusterrolebindings.rbac.authorization.k8s.io
	kubectl --kubeconfig "$conf" get "$kinds" --all-namespaces -o 'go-template={{range .items}}object {{.kind}} {{.metadata.namespace}} {{.metadata.name}} {{.metadata.uid}} {{.metadata.resourceVersion}}{{"\n"}}{{end}}'
	# Leases of others are renewed all the time, so a lease of ours would be seen by its name.
	kubectl --kubeconfig "$conf" get leases.coordination.k8s.io --all-namespaces -o 'go-template={{range .items}}lease {{.metadata.namespace}} {{.metadata.name}}{{"\n"}}{{end}}'
fi
