/** The proofs: what a working cluster can do, one row each. Scripts are constant; `$1…` are their arguments. */
import type {Output} from '../model.ts';
import {agents, deployment, service} from './manifests.ts';
import {at, type Pod, type Scene} from './scene.ts';

export type Proof = {
	readonly name: string;
	readonly title: string;
	/** Runs on the control plane with kubectl and KUBECONFIG set; the first argument is the namespace. */
	readonly script: string;
	/** The runs of this proof, each a list of further arguments. They run side by side. */
	readonly runs: (scene: Scene) => readonly (readonly string[])[];
	/** Why this output is no proof, or nothing. */
	readonly judge: (seen: Output, scene: Scene, args: readonly string[]) => string | undefined;
	readonly remedy: string;
};

const once = (): readonly (readonly string[])[] => [[]];
const succeeds = ({code, stdout, stderr}: Output) =>
	code === 0 ? undefined : lastLines(`${stdout}\n${stderr}`) || `exit code ${code}`;

/**
 * Asks every address of the arguments from inside a pod, and says for each who answered. Rules for a new Service reach
 * the nodes a moment after the pods are ready, so an address is asked again each second, at most fifteen times.
 * (Debian's busybox crashes on `wget -T`, so the time limit comes from outside.)
 */
const askAll = `pod=$2; shift 2
kubectl -n "$ns" exec "$pod" -- sh -c '
for a; do
	i=0
	until said=$(timeout 5 wget -q -O - "http://$a/name" 2>&1) || { rc=$?; [ $i -ge 15 ]; }; do i=$((i + 1)); sleep 1; done
	[ -n "$said" ] || said="exit code $rc"
	echo "$a $said"
done' sh "$@"`;

/** Asks the cluster's DNS for every name of the arguments; a new cluster's DNS may still be starting, so up to thirty times. */
const lookUp = `pod=$2; shift 2
kubectl -n "$ns" exec "$pod" -- sh -c '
for n; do
	i=0
	until said=$(nslookup "-type=$0" "$n" 2>&1) || [ $i -ge 30 ]; do i=$((i + 1)); sleep 1; done
	echo "$said"
done' "$@"`;

export const proofs: readonly Proof[] = [
	{
		name: 'dns',
		title: 'pods on every node resolve a Service and kubernetes.default by name',
		script: lookUp,
		runs: ({pods, service: {address}, namespace, domain}) =>
			pods.map(({name}) => [
				name,
				address.includes(':') ? 'aaaa' : 'a',
				`${service}.${namespace}.svc.${domain}`,
				`kubernetes.default.svc.${domain}`,
			]),
		judge: (seen, {service: {address}}) =>
			succeeds(seen) ?? (hasLine(seen.stdout, address) ? undefined : `no answer has ${address}: ${lastLines(seen.stdout)}`),
		remedy: 'look at the CoreDNS pods: kubectl -n kube-system logs -l k8s-app=kube-dns',
	},
	{
		name: 'service',
		title: 'pods on every node reach a Service by its address and by its name',
		script: askAll,
		runs: ({pods, service: {address}, namespace, domain}) =>
			pods.map(({name}) => [name, at(address), at(`${service}.${namespace}.svc.${domain}`)]),
		judge: (seen, {pods}) => unanswered(seen, () => pods),
		remedy: 'look at kube-proxy on that node: kubectl -n kube-system logs -l k8s-app=kube-proxy',
	},
	{
		name: 'pods',
		title: 'pods reach each other across every pair of nodes',
		script: askAll,
		runs: ({pods}) => pods.map(({name}) => [name, ...pods.map(({address}) => at(address))]),
		judge: (seen, {pods}) => unanswered(seen, (address) => pods.filter((pod) => at(pod.address) === address)),
		remedy: 'look at the network plug-in on those nodes, and whether a firewall drops its traffic (flannel vxlan: UDP 8472)',
	},
	{
		name: 'rollout',
		title: 'a Deployment rolls out a change and takes it back',
		script: `kubectl -n "$ns" rollout status "deployment/$2" --timeout=40s &&
kubectl -n "$ns" set env "deployment/$2" STAGE=two &&
kubectl -n "$ns" rollout status "deployment/$2" --timeout=40s &&
kubectl -n "$ns" rollout undo "deployment/$2" &&
kubectl -n "$ns" rollout status "deployment/$2" --timeout=40s &&
echo "left: $(kubectl -n "$ns" get "deployment/$2" -o 'jsonpath={.spec.template.spec.containers[0].env}')."`,
		runs: () => [[deployment]],
		judge: (seen) =>
			succeeds(seen) ?? (seen.stdout.includes('left: .') ? undefined : `the change is still there: ${lastLines(seen.stdout)}`),
		remedy: 'look at the controller manager and the scheduler: kubectl -n kube-system get pods',
	},
	{
		name: 'logs',
		title: 'logs can be read from every node',
		script: 'kubectl -n "$ns" logs -l "app=$2" --tail=5 --max-log-requests=1000',
		runs: () => [[agents]],
		judge: (seen, {pods}) => {
			const missing = pods.filter(({name}) => !seen.stdout.includes(`ready: ${name}`));
			return succeeds(seen) ?? (missing.length === 0 ? undefined : `no line from ${list(missing)}`);
		},
		remedy: 'the API server must reach port 10250 of every node',
	},
	{
		name: 'exec',
		title: 'a command runs in a pod of every node',
		script: 'kubectl -n "$ns" exec "$2" -- hostname',
		runs: ({pods}) => pods.map(({name}) => [name]),
		judge: (seen, _scene, [pod]) =>
			succeeds(seen) ?? (seen.stdout.trim() === pod ? undefined : `${pod} says it is ${lastLines(seen.stdout)}`),
		remedy: 'the API server must reach port 10250 of every node',
	},
	{
		name: 'cp',
		title: 'a file is copied into a pod and back',
		script: `dir=$(mktemp -d) && trap 'rm -rf "$dir"' EXIT && echo "$ns" > "$dir/there" &&
kubectl -n "$ns" cp "$dir/there" "$2:/www/copied" && kubectl -n "$ns" cp "$2:/www/copied" "$dir/back" && cat "$dir/back"`,
		runs: ({pods}) => pods.slice(0, 1).map(({name}) => [name]),
		judge: (seen, {namespace}) =>
			succeeds(seen) ?? (hasLine(seen.stdout, namespace) ? undefined : `came back as ${lastLines(seen.stdout)}`),
		remedy: 'kubectl cp needs exec to work, and tar in the image',
	},
	{
		name: 'health',
		title: 'every node is Ready and every API server says it is healthy',
		script: `kubectl get --raw '/readyz' && echo && kubectl get nodes -o 'jsonpath={range .items[*]}{.metadata.name}{" "}{range .status.conditions[?(@.type=="Ready")]}{.status}{" "}{.message}{end}{"\\n"}{end}'`,
		runs: once,
		judge: (seen) => {
			const sick = seen.stdout.split('\n').filter((line) => line !== '' && line !== 'ok' && !/^\S+ True\b/.test(line));
			return succeeds(seen) ?? (sick.length === 0 ? undefined : sick.join('; '));
		},
		remedy: 'look at the node: journalctl -u kubelet',
	},
];

/** Who of the asked addresses was not answered by one of the pods that should; `address name` per line of output. */
function unanswered(seen: Output, expected: (address: string) => readonly Pod[]): string | undefined {
	const failed = succeeds(seen);
	if (failed !== undefined) return failed;
	const wrong = seen.stdout
		.trim()
		.split('\n')
		.filter((line) => {
			const [address = '', ...answer] = line.split(' ');
			return !expected(address).some(({name}) => name === answer.join(' '));
		});
	return wrong.length === 0 ? undefined : wrong.map((line) => `no answer from ${line}`).join('; ');
}

function hasLine(text: string, end: string): boolean {
	return text.split('\n').some((line) => line.trim().split(/\s+/).at(-1) === end);
}

function list(pods: readonly Pod[]): string {
	return pods.map(({node, name}) => `${node} (${name})`).join(', ');
}

function lastLines(text: string): string {
	return text.trim().split('\n').slice(-3).join(' | ');
}
