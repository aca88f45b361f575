import test from 'ava';
import {runtimeProxy} from '../../src/phases/runtime-proxy.ts';
import {init} from '../../src/recipes.ts';
import {scopesOf} from './cluster.ts';

const nodes = [{name: 'cp1'}, {name: 'w1', role: 'worker' as const}];
const proxy = '  proxy: {http: "http://10.9.9.9:3128", https: "http://10.9.9.9:3129", noProxy: ["a%b", "c\\"d"]}\n';

test('containerd gets the proxy in a file of its own unit, and is restarted by its change', (t) => {
	const {w1} = scopesOf(nodes, {spec: proxy});
	const [step, ...others] = runtimeProxy.steps(w1!);
	t.deepEqual(others, []);
	t.like(step, {
		kind: 'file',
		path: '/etc/systemd/system/containerd.service.d/60-kubestrap-proxy.conf',
		notify: ['containerd.service'],
	});
	t.deepEqual((step?.kind === 'file' && typeof step.content === 'string' ? step.content : '').split('\n'), [
		'# Written by kubestrap: for this service alone.',
		'[Service]',
		'Environment="HTTP_PROXY=http://10.9.9.9:3128"',
		'Environment="HTTPS_PROXY=http://10.9.9.9:3129"',
		'Environment="NO_PROXY=localhost,127.0.0.0/8,::1,10.244.0.0/16,10.96.0.0/12,10.0.0.1,cp1,10.0.0.2,w1,.svc,.cluster.local,a%%b,c\\"d"',
		'',
	]);
});

test('a proxy that is not in the config (any more) goes, and containerd is restarted then too', (t) => {
	const {w1} = scopesOf(nodes);
	const [step] = runtimeProxy.steps(w1!);
	t.like(step, {kind: 'absent', notify: ['containerd.service']});
});

test("no other file of a node but apt's own says a word of the proxy: not the kubelet, not a static pod", (t) => {
	for (const scope of Object.values(scopesOf(nodes, {spec: proxy}))) {
		const said = init.phases
			.filter((phase) => phase !== runtimeProxy)
			.flatMap((phase) => phase.steps(scope))
			.filter((step) => /_PROXY|10\.9\.9\.9/i.test(JSON.stringify(step)))
			.map((step) => (step.kind === 'file' ? step.path : step.kind));
		t.deepEqual(said, ['/etc/apt/apt.conf.d/60-kubestrap-proxy']);
	}
});
