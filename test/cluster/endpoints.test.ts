import test from 'ava';
import {controlPlaneEndpoint, localEndpoint} from '../../src/cluster/endpoints.ts';
import {fromFlags} from '../../src/cluster/load.ts';
import {keyOf, selected} from '../../src/cluster/selectors.ts';
import type {Cluster, Facts, Site} from '../../src/model.ts';

const sitesOf = (cluster: Cluster): Site[] =>
	cluster.nodes.map((spec, index) => ({
		name: `n${index}`,
		role: spec.role,
		address: `10.0.0.${index + 1}`,
		spec,
		facts: {} as Facts,
	}));
const flags = {controlPlanes: ['a', 'b'], workers: ['c'], controlPlaneEndpoint: 'api.example'};

test('selectors keep the order of the config', (t) => {
	const sites = sitesOf(fromFlags(flags));
	const names = (selector: Parameters<typeof selected>[1]) => selected(sites, selector).map(({name}) => name);
	t.deepEqual(names('every'), ['n0', 'n1', 'n2']);
	t.deepEqual(names('first'), ['n0']);
	t.deepEqual(names('control-plane'), ['n0', 'n1']);
	t.deepEqual(names('worker'), ['n2']);
	t.is(keyOf({address: 'a'}), 'a');
	t.is(keyOf({name: 'n', address: 'a'}), 'n');
});

test('an advertise address holds for the first control plane only', (t) => {
	const cluster = fromFlags({...flags, apiserverAdvertiseAddress: '10.9.9.9', apiserverBindPort: 7443});
	const [first, second] = sitesOf(cluster);
	t.is(localEndpoint(cluster, first!).url, 'https://10.9.9.9:7443');
	t.is(localEndpoint(cluster, second!).url, 'https://10.0.0.2:7443');
});

test("clients use the cluster's endpoint, else the first control plane", (t) => {
	const cluster = fromFlags(flags);
	t.deepEqual(controlPlaneEndpoint(cluster, sitesOf(cluster)), {
		host: 'api.example',
		port: 6443,
		url: 'https://api.example:6443',
	});
	const small = fromFlags({controlPlanes: ['a']});
	t.is(controlPlaneEndpoint(small, sitesOf(small)).url, 'https://10.0.0.1:6443');
	const v6 = fromFlags({controlPlanes: ['a'], controlPlaneEndpoint: '[fd00::1]:443'});
	t.deepEqual(controlPlaneEndpoint(v6, []), {host: 'fd00::1', port: 443, url: 'https://[fd00::1]:443'});
});
