import test from 'ava';
import {adaptationsFor} from '../../src/contract/adaptations.ts';
import {kubeProxyConfiguration} from '../../src/contract/kube-proxy-configuration.ts';
import {clusterKubelet} from '../../src/contract/kubelet-configuration.ts';
import type {Scope} from '../../src/model.ts';
import {addonFlannel} from '../../src/phases/addon-flannel.ts';
import {addonKubeProxy} from '../../src/phases/addon-kube-proxy.ts';
import {clusterConfig} from '../../src/phases/cluster-config.ts';
import {kubeletConfig} from '../../src/phases/kubelet-config.ts';
import {contentOf, filesOf} from '../contract/ours.ts';
import {clusterOf, scopesOf, shown} from './cluster.ts';

const plain = [{name: 'cp1'}, {name: 'w1', role: 'worker' as const}];
const odd = (facts: object) => [{name: 'cp1'}, {name: 'w1', role: 'worker' as const, facts}];

const flags = (scope: Scope) => contentOf(filesOf([kubeletConfig], scope).get('/var/lib/kubelet/kubeadm-flags.env'));
const config = (scope: Scope) => contentOf(filesOf([kubeletConfig], scope).get('/var/lib/kubelet/config.yaml')) as string;
const objects = (phase: typeof clusterConfig, scope: Scope) =>
	phase.steps(scope).flatMap((step) => (step.kind === 'object' ? [shown(step.manifest)] : []));

test('ordinary machines: nothing is adapted, and the ConfigMaps carry kubeadm’s mark', (t) => {
	const {cp1} = scopesOf(plain);
	t.deepEqual(adaptationsFor(cp1!.sites), []);
	t.is(
		objects(clusterConfig, cp1!)
			.join()
			.match(/component-config.hash/g)?.length,
		1,
	);
	t.is(
		objects(addonKubeProxy, cp1!)
			.join()
			.match(/component-config.hash/g)?.length,
		1,
	);
});

test('one node with cgroup v1: all kubelets are told, the mark goes, and it is said', (t) => {
	const scopes = scopesOf(odd({cgroup: 'v1'}));
	t.deepEqual(
		adaptationsFor(scopes.cp1!.sites).map(({nodes}) => nodes),
		[['w1']],
	);
	for (const scope of Object.values(scopes)) t.regex(config(scope), /^failCgroupV1: false$/m);
	t.false(objects(clusterConfig, scopes.cp1!).join().includes('component-config.hash'));
});

test('a node in a container: kube-proxy leaves conntrack alone', (t) => {
	const {cluster, sites} = clusterOf(odd({container: 'lxc'}));
	const {configuration, generated} = kubeProxyConfiguration(cluster, sites);
	t.like(configuration, {conntrack: {maxPerCore: 0, min: 0, tcpBeLiberal: false}});
	t.false(generated);
});

test('what the operator says himself wins over the survey', (t) => {
	const documents = [
		'---\napiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\nfailCgroupV1: true\nrotateCertificates: false\n',
		'---\napiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\nconntrack: {min: 7}\n',
	].join('');
	const {cluster, sites} = clusterOf(odd({cgroup: 'v1', container: 'lxc'}), {documents});
	t.like(clusterKubelet(cluster, sites).configuration, {failCgroupV1: true, rotateCertificates: true});
	t.like(kubeProxyConfiguration(cluster, sites).configuration, {conntrack: {maxPerCore: 0, min: 7}});
});

test('systemd-resolved: its own file on that node, not in the ConfigMap', (t) => {
	const scopes = scopesOf(odd({resolvConf: '/run/systemd/resolve/resolv.conf'}));
	t.regex(config(scopes.w1!), /^resolvConf: \/run\/systemd\/resolve\/resolv\.conf$/m);
	t.notRegex(config(scopes.cp1!), /resolvConf/);
	t.false(objects(clusterConfig, scopes.cp1!).join().includes('resolvConf'));
});

test('swap that may stay', (t) => {
	t.regex(
		config(scopesOf(plain, {spec: '  swap: limited\n'}).w1!),
		/^failSwapOn: false\n[\s\S]*^memorySwap:\n {2}swapBehavior: LimitedSwap$/m,
	);
	t.regex(config(scopesOf(plain, {spec: '  swap: ignore\n'}).w1!), /^failSwapOn: false\n[\s\S]*^memorySwap: \{\}$/m);
});

test('the kubelet is told its name and address where it would take others', (t) => {
	const scopes = scopesOf([
		{name: 'cp1', more: ', taints: [{key: a, effect: NoSchedule}]'},
		{name: 'w1', role: 'worker', facts: {hostname: 'Something'}},
		{name: 'w2', role: 'worker', facts: {defaultAddress: {v4: '192.0.2.9'}}},
		{
			name: 'w3',
			role: 'worker',
			facts: {hostname: 'W3'},
			more: ', taints: [{key: a, value: b, effect: NoSchedule}, {key: c, effect: NoExecute}]',
		},
	]);
	t.is(flags(scopes.cp1!), 'KUBELET_KUBEADM_ARGS=""\n');
	t.is(flags(scopes.w1!), 'KUBELET_KUBEADM_ARGS="--hostname-override=w1"\n');
	t.is(flags(scopes.w2!), 'KUBELET_KUBEADM_ARGS="--node-ip=10.0.0.3"\n');
	t.is(flags(scopes.w3!), 'KUBELET_KUBEADM_ARGS="--register-with-taints=a=b:NoSchedule,c:NoExecute"\n');
});

test('flannel: subnets of both families, backend, and the interface where there is no default route', (t) => {
	const dual =
		'  network: {podSubnet: "10.9.0.0/16,fd00:9::/56", serviceSubnet: "10.96.0.0/16,fd00:96::/112", flannel: {backend: host-gw}}\n';
	const text = objects(addonFlannel, scopesOf(plain, {spec: dual}).cp1!).join('\n');
	const [, network = ''] = /"net-conf.json":("(?:[^"\\]|\\.)*")/.exec(text) ?? [];
	t.deepEqual(JSON.parse(JSON.parse(network) as string), {
		Network: '10.9.0.0/16',
		EnableIPv6: true,
		IPv6Network: 'fd00:9::/56',
		EnableNFTables: false,
		Backend: {Type: 'host-gw'},
	});
	t.notRegex(text, /NODE_ADDRESS/);
	const without = objects(addonFlannel, scopesOf(odd({defaultAddress: {}})).cp1!).join('\n');
	t.regex(without, /"--iface=\$\(NODE_ADDRESS\)"/);
	t.deepEqual(addonFlannel.steps(scopesOf(plain, {spec: '  network: {cni: none}\n'}).cp1!), []);
});
