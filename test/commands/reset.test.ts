import test from 'ava';
import {reset} from '../../src/commands/reset.ts';
import type {Plan} from '../../src/model.ts';
import type {ResetWalk} from '../../src/pipeline/reset.ts';
import {called, goodSummary} from './fakes.ts';

const plan: Plan = {
	recipe: 'reset',
	cluster: {id: '1', name: 'lab', version: 'v1.37.1', birthMembers: []},
	nodes: ['cp1', 'w1'].map((node) => ({
		node,
		chapters: [{name: 'a', awaits: [], phases: [{name: 'a', title: 'Take it away', background: false, needs: [], steps: []}]}],
	})),
	closing: [],
};
const changes = [
	{node: 'cp1', phase: 'a', step: 'one'},
	{node: 'cp1', phase: 'a', step: 'two'},
];

/** A fake of the corridor that shows the plan and asks, as the real one does. */
function fake() {
	const walks: ResetWalk[] = [];
	const answers: (boolean | undefined)[] = [];
	return {
		walks,
		answers,
		resetCluster: async (_: unknown, walk: ResetWalk) => {
			walks.push(walk);
			answers.push(await walk.confirm?.(plan, changes));
			return {summary: goodSummary, sites: []};
		},
	};
}

test('without a terminal and without -y nothing is contacted: exit 2', async (t) => {
	const {call, err} = called();
	const {resetCluster, walks} = fake();
	t.is(await reset(call, {resetCluster}), 2);
	t.is(walks.length, 0);
	t.regex(err(), /nobody can be asked here.*\n.*give -y/s);
});

for (const flag of ['yes', 'force'] as const) {
	test(`with --${flag} nobody is asked`, async (t) => {
		const {call} = called({[flag]: true, words: ['w1'], skipUnreachable: true});
		const {resetCluster, walks, answers} = fake();
		t.is(await reset(call, {resetCluster}), 0);
		t.deepEqual(answers, [undefined]);
		t.like(walks[0], {names: ['w1'], force: flag === 'force', skipUnreachable: true});
	});
}

for (const [typed, answer] of [
	['y\n', true],
	['YES\n', true],
	['no\n', false],
	['\n', false],
	['', false],
] as const) {
	test(`on a terminal the plan is shown, and ${JSON.stringify(typed)} is ${answer}`, async (t) => {
		const {call, err} = called({}, {stdin: typed});
		Object.assign(call.around.stdin, {isTTY: true});
		Object.assign(call.around.stderr, {isTTY: true});
		const {resetCluster, answers} = fake();
		await reset(call, {resetCluster});
		t.deepEqual(answers, [answer]);
		t.true(err().includes('cp1:\n  Take it away (2)\nw1: nothing to do\n'), err());
	});
}
