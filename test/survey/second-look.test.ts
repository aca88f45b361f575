import test from 'ava';
import {TransportError} from '../../src/errors.ts';
import type {Finding, News} from '../../src/model.ts';
import {plan} from '../../src/plan.ts';
import {SecondLook} from '../../src/survey/second-look.ts';
import {cluster, emptyLock, identity, phase, site} from '../run/values.ts';

const finding: Finding = {node: 'cp1', id: 'Swap', level: 'error', evidence: '', remedy: ''};
const sites = [site('cp1'), site('w1', 'worker')];
const planned = plan(
	{name: 'r', phases: [phase('swap'), phase('runtime'), phase('late')]},
	{cluster, sites, identity, lock: emptyLock},
);
const done = (node: string, name: string, state: News['state'] = 'changed'): News => ({type: 'phase', node, phase: name, state});

test('machines are looked at again once, when the phases are done wherever they are', async (t) => {
	let looks = 0;
	const second = new SecondLook(planned, ['swap', 'runtime'], async () => {
		looks++;
		return [finding];
	});
	for (const news of [done('cp1', 'swap'), done('cp1', 'runtime'), done('w1', 'swap', 'unchanged')]) second.hear(news);
	second.hear({...done('w1', 'runtime'), state: 'started'});
	t.deepEqual([looks, await second.found()], [0, []]);
	second.hear(done('w1', 'runtime'));
	second.hear(done('w1', 'late'));
	t.deepEqual([looks, await second.found()], [1, [finding]]);
});

test('a phase that failed brings no look, and a look that fails is told to whoever asks', async (t) => {
	const second = new SecondLook(planned, ['late'], () => Promise.reject(new Error('cut')));
	second.hear(done('cp1', 'late', 'failed'));
	t.deepEqual(await second.found(), []);
	second.hear(done('w1', 'late'));
	second.hear(done('cp1', 'late'));
	await t.throwsAsync(second.found(), {message: 'cut'});
});

test('a look whose line was cut is taken once more when the run is over', async (t) => {
	let looks = 0;
	const second = new SecondLook(planned, ['late'], async () => {
		looks++;
		if (looks === 1) throw new TransportError('w1', 'the line was lost');
		return [finding];
	});
	second.hear(done('w1', 'late'));
	second.hear(done('cp1', 'late'));
	t.deepEqual([await second.found(), looks], [[finding], 2]);
});
