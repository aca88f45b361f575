import test from 'ava';
import {playbook, tasks} from '../../hack/benches/ten-tasks.ts';
import {nameOf} from '../../src/steps/kinds.ts';

test('there are ten tasks, and each is the same path for both sides', (t) => {
	t.is(tasks.length, 10);
	for (const {step, ansible} of tasks) {
		const [module] = Object.values(ansible) as {path?: string; dest?: string; creates?: string}[];
		const there = module!.path ?? module!.dest ?? module!.creates ?? '';
		if (step.kind === 'run') t.deepEqual(step.unless, ['test', '-e', there]);
		else t.is(nameOf(step), there);
	}
});

test('the playbook has one task for each, and gathers no facts', (t) => {
	const [play] = JSON.parse(playbook());
	t.is(play.tasks.length, tasks.length);
	t.false(play.gather_facts);
});
