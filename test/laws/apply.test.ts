/** What holds for the recipes of a cluster that lives, whoever joins it. A new phase is judged by them without a line of its own. */
import test from 'ava';
import {selected} from '../../src/cluster/selectors.ts';
import type {Living, Plan, PlannedPhase, Recipe, Site, Step} from '../../src/model.ts';
import {plan} from '../../src/plan.ts';
import {apply, init, join} from '../../src/recipes.ts';
import {secretsOf} from '../../src/steps/content.ts';
import {scopeOf} from '../contract/ours.ts';
import {clusterOf, memberOf} from '../phases/cluster.ts';

/** A cluster whose machines are members, but for those that join. */
function planned(recipe: Recipe, names: readonly string[], joining: readonly string[]): {plan: Plan; sites: readonly Site[]} {
	const nodes = names.map((name) => ({name, ...(name.startsWith('w') ? {role: 'worker' as const} : {})}));
	const {cluster, sites} = clusterOf(nodes);
	const staged = sites.map(
		(site): Site => ({
			...site,
			stage: joining.includes(site.name) ? 'joining' : 'member',
			...(site.name === 'cp1' ? {seat: true} : {}),
		}),
	);
	const living: Living = {
		seat: 'cp1',
		server: 'https://10.0.0.1:6443',
		nodes: [],
		members: staged.filter(({role, stage}) => role === 'control-plane' && stage === 'member').map(memberOf),
		configMaps: {},
	};
	return {plan: plan(recipe, {...scopeOf(cluster, staged), living}), sites: staged};
}

const clusters: Record<string, readonly [names: readonly string[], joining: readonly string[]]> = {
	'1+0 and a worker': [['cp1', 'w1'], ['w1']],
	'3+1 and one of each': [
		['cp1', 'cp2', 'cp3', 'cp4', 'w1', 'w2'],
		['cp4', 'w2'],
	],
	'1+1 and many': [
		['cp1', 'cp2', 'cp3', 'w1', 'w2', 'w3', 'w4'],
		['cp2', 'cp3', 'w2', 'w3', 'w4'],
	],
};

const names = ({phases}: Recipe) => phases.map(({name}) => name);
const phasesOf = (made: Plan, node: string): PlannedPhase[] =>
	made.nodes.filter((walk) => walk.node === node).flatMap(({chapters}) => chapters.flatMap(({phases}) => phases));
const isRun = (step: Step) => step.kind === 'run';

test('apply has every phase of init, in the same order, and no name twice', (t) => {
	const own = new Set(names(init));
	t.deepEqual(
		names(apply).filter((name) => own.has(name)),
		names(init),
	);
	t.deepEqual(names(apply), [...new Set(names(apply))]);
});

test('join has phases of apply only, in the same order', (t) => {
	const own = new Set(names(join));
	t.deepEqual(
		names(apply).filter((name) => own.has(name)),
		names(join),
	);
});

test('what must be done in every outcome comes last', (t) => {
	for (const {phases} of [apply, join]) {
		const first = phases.findIndex(({always}) => always);
		t.true(first > 0 && phases.slice(first).every(({always}) => always));
	}
});

for (const [title, [all, joining]] of Object.entries(clusters)) {
	test(`${title}: join touches no node that is settled but the first`, (t) => {
		const {plan: made, sites} = planned(join, all, joining);
		for (const {name} of selected(sites, 'settled').filter(({seat}) => !seat)) t.deepEqual(phasesOf(made, name), [], name);
		const own = new Set(['join-token']);
		t.deepEqual(
			phasesOf(made, 'cp1').filter(({name, steps}) => steps.length > 0 && !own.has(name)),
			[],
		);
		t.deepEqual(
			made.closing.map(({node}) => node),
			['cp1'],
		);
	});

	test(`${title}: whoever joins gets a secret of the cluster only when there is a token to join with`, (t) => {
		for (const recipe of [join, apply]) {
			const {plan: made} = planned(recipe, all, joining);
			for (const node of joining) {
				const {chapters} = made.nodes.find((walk) => walk.node === node)!;
				const first = chapters.findIndex(({phases}) =>
					phases.some(({steps}) => steps.some((step) => secretsOf(step).length > 0)),
				);
				t.true(first > 0, node);
				const awaited = chapters.slice(0, first + 1).flatMap(({awaits}) => awaits.map((pair) => `${pair.node}/${pair.phase}`));
				t.true(awaited.includes('cp1/join-token'), `${recipe.name} ${node}`);
			}
		}
	});

	test(`${title}: nobody gets a certificate for a kubelet from us: who joins asks the cluster`, (t) => {
		const {plan: made} = planned(apply, all, joining);
		for (const node of joining) {
			const secrets = phasesOf(made, node).flatMap(({steps}) => steps.flatMap(secretsOf));
			t.false(
				secrets.some((secret) => secret.startsWith('kubelet-client') || (secret === 'ca.key' && node.startsWith('w'))),
				node,
			);
			t.true(secrets.includes(`node-request@${node}`), node);
		}
	});

	test(`${title}: workers wait for no other machine that joins`, (t) => {
		const {plan: made} = planned(join, all, joining);
		for (const {node, chapters} of made.nodes.filter((walk) => walk.node.startsWith('w')))
			t.deepEqual(
				[...new Set(chapters.flatMap(({awaits}) => awaits.map((pair) => pair.node)))].filter(
					(name) => name !== 'cp1' && name !== node,
				),
				[],
				node,
			);
	});

	test(`${title}: control planes come to etcd one by one, each when the one before it votes`, (t) => {
		const {plan: made} = planned(apply, all, joining);
		const planes = joining.filter((name) => name.startsWith('cp'));
		const turns = planes.map((node) => {
			const {chapters} = made.nodes.find((walk) => walk.node === node)!;
			const {at, awaits} = chapters.find(({phases}) => phases.some(({name}) => name === 'etcd-member'))!;
			return {
				at,
				after: awaits.flatMap(({node: other, phase}) => (phase === 'etcd-promote' && planes.includes(other) ? [other] : [])),
			};
		});
		t.deepEqual(
			turns,
			planes.map((_, index) => ({at: 'cp1', after: planes.slice(Math.max(0, index - 1), index)})),
		);
	});

	test(`${title}: a run step is guarded, but for the approval, which has nothing to look at`, (t) => {
		const {plan: made} = planned(apply, all, joining);
		const bare = [...made.nodes, ...made.closing].flatMap(({chapters}) =>
			chapters.flatMap(({phases}) =>
				phases.flatMap(({name, steps}) => (steps.some((step) => isRun(step) && step.unless === 'never') ? [name] : [])),
			),
		);
		t.deepEqual([...new Set(bare)], ['node-request']);
	});
}
