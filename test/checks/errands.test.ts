/** Who asks whom in a cluster of a hundred machines: bounded, and not all the same one first. */
import test from 'ava';
import {errandsFor} from '../../src/checks/errands.ts';
import type {Cluster} from '../../src/model.ts';
import {line} from '../../src/steps/quote.ts';
import {betweenScript} from '../../src/survey/between-script.ts';
import {cluster, facts, site, spec} from './sample.ts';

const sites = Array.from({length: 100}, (_, index) => {
	const [name, address] = [`node-${index}`, `10.20.30.${100 + index}`];
	const role = index < 3 ? 'control-plane' : 'worker';
	return site({
		name,
		address,
		role,
		spec: spec({name, address, role}),
		facts: facts({addresses: [{device: 'eth0', address, prefix: 24}]}),
	});
});
const of = (backend: Cluster['network']['flannel']['backend']) => {
	const {network} = cluster();
	const asked = cluster({
		nodes: sites.map((one) => one.spec),
		network: {...network, cni: 'flannel', flannel: {...network.flannel, backend}},
	});
	return errandsFor(asked, sites, {offline: false}).args;
};

test('a hundred machines: one exec each stays far from the kernel\u2019s limit of 128 KiB for an argument', (t) => {
	for (const backend of ['vxlan', 'host-gw'] as const) {
		for (const [name, args] of of(backend)) {
			const {length} = line(['sh', '-c', betweenScript, 'between', 'f'.repeat(24), ...args]);
			t.true(length < 32_768, `${name}: ${length}`);
		}
	}
});

test('every pair is asked, and no two machines begin with the same one', (t) => {
	const all = of('vxlan');
	const targets = [...all.values()].map((args) => args.flatMap((arg) => /^send=(\d+)\|/.exec(arg)?.[1] ?? []));
	t.true(targets.every((numbers) => new Set(numbers).size === 99));
	t.is(new Set(targets.map(([first]) => first)).size, 100);
});

test('five hundred machines: whoever is asked is found by name, not by a search for each pair', (t) => {
	const many = Array.from({length: 5}, (_, row) =>
		sites.map((one) => ({...one, name: `${one.name}-${row}`, address: one.address.replace('.30.', `.${row}.`)})),
	).flat();
	const {ways, args} = errandsFor(cluster({nodes: many.map((one) => one.spec)}), many, {offline: true});
	t.is(args.size, 500);
	t.true(ways.length > 249_500);
});
