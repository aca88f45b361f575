import test from 'ava';
import {livingConfig, livingNetwork} from '../../src/cluster/living-config.ts';
import {load} from '../../src/cluster/load.ts';
import {renderText} from '../../src/render.ts';

const clusterConfiguration = 'apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\nclusterName: theirs\n';
const way = 'apiVersion: kubestrap.dev/v1\nkind: Cluster\nspec: {ssh: {user: debian}}\n';

test('what the cluster says of itself stands beside the text, which comes first', (t) => {
	const configMaps = {'kubeadm-config': {ClusterConfiguration: clusterConfiguration}};
	const cluster = load(livingConfig(way, configMaps), {file: '-', flags: {controlPlanes: ['cp1.test']}});
	t.is(cluster.name, 'theirs');
	t.is(cluster.nodes[0]?.access.user, 'debian');
	const own = clusterConfiguration.replace('theirs', 'own');
	t.is(livingConfig(own, configMaps), own);
	t.is(livingConfig('', {}), '');
});

const flannel = (cni: string, backend = 'vxlan') => ({
	'kube-flannel-cfg': {
		'cni-conf.json': cni,
		'net-conf.json': JSON.stringify({Network: '10.244.0.0/16', Backend: {Type: backend}}),
	},
});
const plugin = JSON.stringify(JSON.parse(renderText('cni/flannel.conflist', {})));

for (const [title, configMaps, cni] of [
	['without flannel in the cluster', {}, 'none'],
	['flannel as ours, in other white space', flannel(plugin), 'flannel'],
	['flannel over another backend', flannel(plugin, 'wireguard'), 'none'],
	['flannel that says no backend', {'kube-flannel-cfg': {'cni-conf.json': plugin, 'net-conf.json': '{}'}}, 'none'],
	['flannel with another plug-in', flannel(plugin.replace('portmap', 'bandwidth')), 'none'],
	['flannel that cannot be read', flannel('{'), 'none'],
] as const)
	test(`the pod network of a joining node, ${title}: ${cni}`, (t) => {
		t.deepEqual(livingNetwork(way, configMaps), {cni});
	});

test('a text that names the pod network is obeyed', (t) => {
	t.deepEqual(livingNetwork(way.replace('{ssh', '{network: {cni: flannel}, ssh'), {}), {});
});
