/** How a node is drained: `kubectl drain` does it, and beside it we look at what is still there. Constant text. */
import {speak} from '../steps/speak.ts';

/** Pods that a drain moves: not those of DaemonSets, not mirrors of static pods, not finished ones. `NAMESPACE/NAME` each. */
const leftTemplate =
	'{{range .items}}{{$stays := false}}' +
	'{{range .metadata.ownerReferences}}{{if and .controller (eq .kind "DaemonSet")}}{{$stays = true}}{{end}}{{end}}' +
	'{{with .metadata.annotations}}{{if index . "kubernetes.io/config.mirror"}}{{$stays = true}}{{end}}{{end}}' +
	'{{if or (eq .status.phase "Succeeded") (eq .status.phase "Failed")}}{{$stays = true}}{{end}}' +
	'{{if not $stays}}{{.metadata.namespace}}/{{.metadata.name}}{{"\\n"}}{{end}}{{end}}';

/**
 * For each pod of a namespace and each disruption budget that lets none go and fits the pod by its labels: `NODE NAMESPACE/POD BUDGET HEALTHY WANTED`.
 * A budget with expressions instead of labels counts as one that fits.
 */
const budgetTemplate =
	'{{range $b := .items}}{{if eq $b.kind "PodDisruptionBudget"}}{{if not $b.status.disruptionsAllowed}}' +
	'{{range $p := $.items}}{{if eq $p.kind "Pod"}}{{$fits := true}}' +
	'{{range $key, $value := $b.spec.selector.matchLabels}}{{if $p.metadata.labels}}' +
	'{{if ne (printf "%v" (index $p.metadata.labels $key)) $value}}{{$fits = false}}{{end}}{{else}}{{$fits = false}}{{end}}{{end}}' +
	'{{if $fits}}{{$p.spec.nodeName}} {{$p.metadata.namespace}}/{{$p.metadata.name}} {{$b.metadata.name}} ' +
	'{{or $b.status.currentHealthy 0}} {{or $b.status.desiredHealthy 0}}{{"\\n"}}{{end}}' +
	'{{end}}{{end}}{{end}}{{end}}{{end}}';

const look = `server=$1 node=$2
kube() { kubectl --kubeconfig=/etc/kubernetes/admin.conf --server="$server" --request-timeout=10s "$@"; }
left() { kube get pods --all-namespaces --field-selector="spec.nodeName=$node" --output='go-template=${leftTemplate}'; }
`;

/** `sh -c isDrained sh SERVER NODE`: closed, and nothing is there that a drain would move; or it is no Node any more. */
export const isDrained = `${look}
state=$(kube get node "$node" --ignore-not-found --output='go-template={{.metadata.name}} {{.spec.unschedulable}}') || exit
case $state in '') exit 0 ;; *' true') ;; *) exit 1 ;; esac
pods=$(left) && [ -z "$pods" ]`;

/**
 * `sh -c drain sh SERVER NODE SECONDS FORCE`: FORCE is true or false. Ends with 1 when something is still there after that time, or at once when kubectl
 * refuses; the last line says what is in the way, a disruption budget with its numbers.
 */
export const drain = `${look}${speak}
blocked() { # PODS: sentences about the budgets in their way
	for namespace in $(echo "$1" | cut -d / -f 1 | sort -u); do
		kube --namespace="$namespace" get pods,poddisruptionbudgets.policy --output='go-template=${budgetTemplate}'
	done | while read -r on pod budget healthy wanted; do
		[ "$on" = "$node" ] || continue
		echo "PodDisruptionBudget \${pod%%/*}/$budget does not let $pod go: it wants $wanted healthy pods, and there are $healthy"
	done
}
seconds=$3 waited=0 last=
log=$(mktemp /run/kubestrap-drain.XXXXXX) || exit
trap 'rm -f "$log"' EXIT
timeout -k 5 $((seconds + 30)) kubectl --kubeconfig=/etc/kubernetes/admin.conf --server="$server" --request-timeout=10s \\
	drain "$node" --ignore-daemonsets --delete-emptydir-data --force="$4" --timeout="\${seconds}s" >"$log" 2>&1 &
drain=$!
while kill -0 $drain 2>/dev/null; do
	if hushed; then
		kill $drain
		wait $drain
		exit 78
	fi
	sleep 0.2
	waited=$((waited + 1))
	[ $((waited % 20)) -eq 5 ] && pods=$(left) && [ -n "$pods" ] || continue
	now="still there: $(echo $pods)$(blocked "$pods" | sed -n '1s/^/; /p')"
	[ "$now" = "$last" ] || say "$now"
	last=$now
done
wait $drain && exit
pods=$(left) || pods=
[ -z "$pods" ] || echo "still there: $(echo $pods)"
blocked "$pods"
# What kubectl says beside what we have seen: pods that it does not dare to delete, an API that does not answer.
grep '^error: ' "$log" | grep -v 'global timeout reached' | tail -n 3
exit 1`;
