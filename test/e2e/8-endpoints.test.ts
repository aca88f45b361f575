/** The way to the API: a proxy on each node, a load balancer that comes later or not at all, and a living cluster that changes from one to the other. */
import {once} from 'node:events';
import {connect, createServer, type Socket} from 'node:net';
import test from 'ava';
import {type Run, Stage} from './stage.ts';

let stage: Stage;
test.before(async (t) => {
	t.timeout(1_800_000);
	stage = await Stage.open({controlPlanes: 3, workers: 1});
});
test.after.always(() => stage?.close());

const told = (run: Run) => `${run.stderr}\n${run.events.map((event) => JSON.stringify(event)).join('\n')}`;
const proxied = (config: string) => config.replace('spec:\n', 'spec:\n  loadBalancer: node-proxy\n');
/** One control plane and one worker, with an endpoint in front; `seconds` is how long waits may take. */
const small = (endpoint: string, seconds?: number) => (config: string) =>
	config
		.split('\n')
		.filter((line) => !/name: cp[23],/.test(line))
		.join('\n')
		.replace('spec:\n', `spec:\n${endpoint}`) +
	(seconds === undefined
		? ''
		: `---\napiVersion: kubeadm.k8s.io/v1beta4\nkind: InitConfiguration\ntimeouts: {controlPlaneComponentHealthCheck: ${seconds}s}\n`);
const api = 'kubectl --kubeconfig /etc/kubernetes/admin.conf';
const server = (node: string, name: string) =>
	stage.ssh(node, `sed -n 's/^ *server: *//p' /etc/kubernetes/${name}.conf | tr -d '"'`);
const ready = async (nodes: number) => {
	const listed = await stage.ssh('cp1', `${api} get nodes --no-headers`);
	return listed.match(/ Ready /g)?.length === nodes ? nodes : listed;
};

/** A load balancer as simple as can be, on this machine's side of the lab's bridge: every connection goes to the first control plane. */
async function balancer(port: number): Promise<{close: () => Promise<void>}> {
	const {address} = stage.lab.nodes[0]!;
	const open = new Set<Socket>();
	const listener = createServer((near) => {
		const far = connect(6443, address);
		for (const [one, other] of [
			[near, far],
			[far, near],
		] as const) {
			open.add(one);
			one.on('error', () => other.destroy()).on('close', () => open.delete(one));
			one.pipe(other);
		}
	});
	listener.listen(port, hostAddress());
	await once(listener, 'listening');
	const close = async () => {
		if (!listener.listening) return;
		for (const socket of open) socket.destroy();
		listener.close();
		await once(listener, 'close');
	};
	return {close};
}
const hostAddress = () => stage.lab.nodes[0]!.address.replace(/\d+$/, '1');

test.serial(
	'three control planes and a worker behind a proxy on each node, by one command; again it changes nothing',
	async (t) => {
		t.timeout(300_000);
		const config = stage.config(proxied);
		const first = await stage.init(config).done;
		t.is(first.code, 0, told(first));
		t.is(await ready(4), 4);
		t.is((await server('w1', 'kubelet')).trim(), 'https://api.e2e.internal:7443');
		t.is((await stage.ssh('w1', 'tail -n 1 /etc/hosts')).trim(), '127.0.0.1 api.e2e.internal # kubestrap');
		t.regex(
			await stage.ssh('w1', 'cat /var/lib/kubestrap/owned.ndjson'),
			/\{"kind":"line","name":"\/etc\/hosts","before":"whole"\}/,
		);
		t.regex(stage.read(stage.kubeconfig), new RegExp(`server: "?https://${stage.lab.nodes[0]!.address}:6443`));
		const again = await stage.init(config).done;
		t.is(again.code, 0, told(again));
		t.is(again.summary.changed, 0, JSON.stringify(again.events.filter(({state}) => state === 'changed')));
	},
);

test.serial('when the first control plane has no API server, all nodes stay connected', async (t) => {
	t.timeout(120_000);
	const away =
		'mv /etc/kubernetes/manifests/kube-apiserver.yaml /root && while pgrep -x kube-apiserver >/dev/null; do sleep 0.2; done';
	await stage.ssh('cp1', away);
	const ask = 'kubectl --kubeconfig /etc/kubernetes/kubelet.conf --request-timeout=5s get --raw=/livez';
	// The proxy needs two checks more to know; a request that meets the dead server until then is sent on.
	t.is(await stage.ssh('w1', `for n in 1 2 3 4 5 6; do ${ask} || exit; done`), 'ok'.repeat(6));
	t.is(await ready(4), 4);
	await stage.ssh('cp1', 'mv /root/kube-apiserver.yaml /etc/kubernetes/manifests');
});

test.serial(
	'a load balancer that comes after the cluster: all is made through the local API, and goes on when it answers',
	async (t) => {
		t.timeout(300_000);
		await stage.freshNodes();
		const run = stage.init(stage.config(small(`  controlPlaneEndpoint: ${hostAddress()}:7000\n`)));
		await run.seen(({phase, type, node}) => phase === 'endpoint-ready' && type === 'progress' && node === 'cp1');
		const objects = await stage.ssh(
			'cp1',
			`${api} --server=https://${stage.lab.nodes[0]!.address}:6443 get configmap -A --no-headers`,
		);
		for (const name of ['kubeadm-config', 'cluster-info', 'kube-proxy']) t.regex(objects, new RegExp(`\\b${name}\\b`));
		const late = await balancer(7000);
		t.teardown(() => late.close());
		const {code, events, stderr} = await run.done;
		t.is(code, 0, stderr + JSON.stringify(events.at(-1)));
		t.is(await ready(2), 2);
		t.is((await server('w1', 'kubelet')).trim(), `https://${hostAddress()}:7000`);

		// Another endpoint, where nobody listens: said as such, and the cluster goes on by the old one.
		// Only the phase that waits: the manifests of the control plane hold the time as well, and would be written anew.
		const wrong = stage.config(small(`  controlPlaneEndpoint: ${hostAddress()}:7001\n`, 5));
		const dead = await stage.kubestrap(['init', '-c', wrong, '--only-phases', 'worker-endpoint']);
		t.is(dead.code, 5, told(dead));
		t.regex(told(dead), /the way to the API changes from https:\/\/\S+:7000 to https:\/\/\S+:7001/);
		t.regex(told(dead), /the API servers answer, but the load balancer does not: nothing listens at https:\/\/\S+:7001/);
		t.regex(told(dead), /start the load balancer, with \S+:6443 as backends/);
		t.is((await server('w1', 'kubelet')).trim(), `https://${hostAddress()}:7000`);
		t.is(await ready(2), 2);

		// A proxy on each node instead: everything that named the endpoint changes, and kube-proxy is restarted.
		const staying = '{{range .items}}{{if not .metadata.deletionTimestamp}}{{.metadata.name}}{{"\\n"}}{{end}}{{end}}';
		const pods = () => stage.ssh('cp1', `${api} get pods -n kube-system -l k8s-app=kube-proxy -o 'go-template=${staying}'`);
		const before = await pods();
		const config = stage.config((text) => small('')(proxied(text)));
		const moved = await stage.init(config).done;
		t.is(moved.code, 0, told(moved));
		await late.close();
		const way = 'https://api.e2e.internal:7443';
		t.is((await server('w1', 'kubelet')).trim(), way);
		for (const name of ['admin', 'super-admin']) t.is((await server('cp1', name)).trim(), way);
		for (const what of ['-n kube-system kubeadm-config', '-n kube-system kube-proxy', '-n kube-public cluster-info']) {
			const text = await stage.ssh('cp1', `${api} get configmap ${what} -o yaml --request-timeout=10s`);
			t.regex(text, /api\.e2e\.internal:7443/);
			t.notRegex(text, /:7000/);
		}
		t.is((await pods()).split('\n').filter((name) => before.includes(name) && name !== '').length, 0);
		t.is(await ready(2), 2);
		const again = await stage.init(config).done;
		t.is(again.summary.changed, 0, JSON.stringify(again.events.filter(({state}) => state === 'changed')));
	},
);
