import test from 'ava';
import {configOf} from '../../hack/benches/kit.ts';

const lab = (...roles: ('control-plane' | 'worker')[]) => ({
	nodes: roles.map((role, index) => ({name: `n${index}`, role, address: `10.0.0.${index + 1}`, hostKey: ''})),
	config: () => 'kind: Cluster\nspec:\n  nodes: []\n',
});

test('several control planes get the first one as their endpoint, one gets none', (t) => {
	t.is(configOf(lab('control-plane', 'worker')), lab().config());
	t.is(
		configOf(lab('control-plane', 'control-plane')),
		'kind: Cluster\nspec:\n  controlPlaneEndpoint: 10.0.0.1:6443\n  nodes: []\n',
	);
	const own = {...lab('control-plane', 'control-plane'), config: () => 'spec:\n  controlPlaneEndpoint: lb:6443\n'};
	t.is(configOf(own), own.config());
});
