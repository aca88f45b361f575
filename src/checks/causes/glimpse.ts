/**
 * What is looked at from time to time while a wait goes on: which of the programs that a cluster is made of have died since the wait began, and what they
 * said last. A constant, read-only sh script; `$1`: seconds that the wait has lasted. It prints a section for each death, begun by
 * `== died NAME COUNT`: the same count is the same death. It costs a few processes; nothing is asked of the container runtime, which may be what is broken.
 */
export const glimpseScript = `LC_ALL=C PATH=\${PATH:+$PATH:}/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export LC_ALL PATH
exec </dev/null 2>/dev/null
for unit in kubelet containerd; do
	state=$(systemctl show --no-pager -p ActiveState -p SubState -p NRestarts "$unit.service" | sort | paste -s -d ' ')
	case $state in *SubState=auto-restart*) ;; *) continue ;; esac
	count=\${state#*NRestarts=}
	echo "== died $unit \${count%% *}"
	timeout 5 journalctl -u "$unit" --since="-$(($1 + 1))s" --no-pager -o cat | tail -n 40 | cut -c 1-1000
done
since=$(($(date +%s) - $1 - 1))
for pod in etcd/etcd kube-apiserver/kube-apiserver kube-controller-manager/kube-controller kube-scheduler/kube-scheduler kube-proxy/kube-proxy; do
	newest=
	for folder in /var/log/pods/kube-system_"\${pod%/*}"-*/*/; do
		if [ -d "$folder" ] && { [ -z "$newest" ] || [ "$folder" -nt "$newest" ]; }; then newest=$folder; fi
	done
	[ -n "$newest" ] || continue
	last=$(ls "$newest" | sed -n 's/^\\([0-9]*\\)\\.log$/\\1/p' | sort -n | tail -n 1)
	for log in "$newest"*.log; do
		count=\${log##*/}
		count=\${count%.log}
		[ "$(stat -L -c %Y "$log" || echo 0)" -ge "$since" ] || continue
		if [ "$count" = "$last" ] && { ! command -v pgrep >/dev/null || pgrep -x "\${pod#*/}" >/dev/null; }; then continue; fi
		echo "== died log \${pod%/*} $count"
		tail -n 400 -- "$log" | cut -c 1-1000 | { head -n 4; echo ...; tail -n 20; }
	done
done
exit 0
`;
