import test from 'ava';
import {configSchema} from '../../src/cluster/schema.ts';
import {suggest} from '../../src/cluster/suggest.ts';

type Schema = {
	anyOf: {title: string; properties: Record<string, {const?: string; properties?: object}>; additionalProperties: unknown}[];
};

test('the JSON Schema has every kind, strict where kubeadm is', (t) => {
	const {anyOf} = configSchema() as Schema;
	t.deepEqual(
		anyOf.map(({title}) => title),
		[
			'Cluster',
			'ClusterConfiguration',
			'InitConfiguration',
			'JoinConfiguration',
			'KubeletConfiguration',
			'KubeProxyConfiguration',
		],
	);
	for (const {title, properties, additionalProperties} of anyOf) {
		t.is(properties.kind?.const, title);
		t.deepEqual(additionalProperties, title.startsWith('Kube') ? {} : false, title);
	}
	t.true(JSON.stringify(anyOf[0]).includes('"default":"10.244.0.0/16"'));
});

test('suggestions are near, or there is none', (t) => {
	const known = ['controlPlaneEndpoint', 'network', 'nodes', 'swap'];
	t.is(suggest('contolPlaneEndpoint', known), 'did you mean controlPlaneEndpoint?');
	t.is(suggest('ndoes', known), 'did you mean nodes?');
	t.is(suggest('Network', known), 'did you mean network?');
	t.is(suggest('zzz', known), undefined);
	t.is(suggest('x'.repeat(100_000), known), undefined);
});
