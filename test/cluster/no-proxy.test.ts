import test from 'ava';
import {noProxyOf} from '../../src/cluster/no-proxy.ts';
import {clusterOf} from '../phases/cluster.ts';

test('what goes past the proxy: the machine, pods, Services, nodes, the endpoint, and what the operator names, each once', (t) => {
	const spec = `  controlPlaneEndpoint: api.prod.example:6443
  network: {podSubnet: '10.1.0.0/16,fd01::/48', serviceSubnet: '10.2.0.0/16,fd02::/108', dnsDomain: prod.local}
  proxy: {http: 'http://10.9.9.9:3128', noProxy: [mirror.example, .intern, 10.0.0.2]}
`;
	const {cluster, sites} = clusterOf([{name: 'cp1'}, {name: 'w1', role: 'worker'}], {spec});
	t.deepEqual(noProxyOf(cluster, sites), [
		'localhost',
		'127.0.0.0/8',
		'::1',
		'10.1.0.0/16',
		'fd01::/48',
		'10.2.0.0/16',
		'fd02::/108',
		'10.0.0.1',
		'cp1',
		'10.0.0.2',
		'w1',
		'api.prod.example',
		'.svc',
		'.prod.local',
		'mirror.example',
		'.intern',
	]);
});

test('without an endpoint of its own the first control plane stands for it; machines that are no cluster yet need none', (t) => {
	const {cluster, sites} = clusterOf([{name: 'cp1'}, {name: 'w1', role: 'worker'}]);
	t.is(noProxyOf(cluster, sites).filter((word) => word === '10.0.0.1').length, 1);
	t.notThrows(() => noProxyOf(cluster, sites.slice(1)));
});
